namespace Warp;

internal static class MergeOptionsCheck
{
    internal static MergeOptions Valid(MergeOptions? options)
    {
        options ??= new MergeOptions();
        return options.Problems(policies: null).ToList() is { Count: > 0 } problems
            ? throw new ArgumentException(string.Join("; ", problems) + ".", nameof(options))
            : options;
    }
}
