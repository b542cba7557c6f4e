namespace Warp;

/// <summary>Reports everything that is wrong with a set of options in one exception.</summary>
internal static class OptionProblems
{
    internal static void ThrowIfAny(IEnumerable<string> problems, string options)
    {
        var all = problems.ToList();
        if (all.Count > 0)
            throw new OptionsException(options, all);
    }

    internal static IEnumerable<string> Within(this IEnumerable<string> problems, string owner) => problems.Select(p => $"{owner}.{p}");
}
