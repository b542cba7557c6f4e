namespace Warp.Transformers;

/// <summary>What a call is given.</summary>
/// <param name="values">The values without a name.</param>
/// <param name="named">The values with one.</param>
/// <param name="what">What is called, for errors.</param>
/// <param name="run">The application of the template.</param>
internal sealed class JinjaArguments(IReadOnlyList<object?> values, IReadOnlyDictionary<string, object?> named, string what, JinjaRun run)
{
    internal JinjaRun Run => run;

    internal int Count => values.Count;

    internal IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>A value; None if there are fewer.</summary>
    internal object? Get(int index, object? absent = null) => index < values.Count ? values[index] : absent;

    /// <summary>A value that must be there.</summary>
    internal object? Need(int index) => index < values.Count ? values[index] : throw run.Refused($"{what} with {values.Count} arguments");

    internal string Text(int index) => Need(index) as string ?? throw run.Refused($"{what} of {JinjaValue.Kind(values[index])}");

    internal long Number(int index) => JinjaValue.Number(Need(index)) ?? throw run.Refused($"{what} of {JinjaValue.Kind(values[index])}");

    /// <summary>The arguments from one on.</summary>
    internal JinjaArguments From(int index) => new([.. values.Skip(index)], named, what, run);
}
