namespace Warp;

/// <summary>Compares names, ties, shapes and types of two sets.</summary>
internal static class ParameterLayout
{
    /// <summary>Every difference in words. Types and roles are compared when <paramref name="strict"/>.</summary>
    internal static IEnumerable<string> Differences(ParameterSet expected, ParameterSet actual, string expectedName, string actualName, bool strict = true)
    {
        foreach (var entry in expected)
        {
            if (!actual.TryGet(entry.Name, out var other))
            {
                yield return $"'{entry.Name}' is in {expectedName} but not in {actualName}";
                continue;
            }

            var (shape, otherShape) = (Shape(entry), Shape(other));
            if (shape != otherShape)
                yield return $"'{entry.Name}' is {shape} in {expectedName} but {otherShape} in {actualName}";
            if (strict && entry.Tensor.dtype != other.Tensor.dtype)
                yield return $"'{entry.Name}' is {entry.Tensor.dtype} in {expectedName} but {other.Tensor.dtype} in {actualName}";
            if (strict && entry.IsTrainable != other.IsTrainable)
                yield return $"'{entry.Name}' is {Role(entry)} in {expectedName} but {Role(other)} in {actualName}";
            var (ties, otherTies) = (Ties(entry), Ties(other));
            if (ties != otherTies)
                yield return $"'{entry.Name}' is tied as {ties} in {expectedName} but as {otherTies} in {actualName}";
        }

        foreach (var entry in actual)
        {
            if (!expected.TryGet(entry.Name, out _))
                yield return $"'{entry.Name}' is in {actualName} but not in {expectedName}";
        }
    }

    /// <summary>What keeps two sets from being averaged: differences of layout or, if there are none, of the values of frozen tensors.</summary>
    internal static IReadOnlyList<string> AveragingDifferences(ParameterSet expected, ParameterSet actual, string expectedName, string actualName)
    {
        var differences = Differences(expected, actual, expectedName, actualName).ToList();
        return differences.Count > 0 ? differences : [.. FrozenDifferences(expected, actual, expectedName, actualName)];
    }

    /// <summary>The frozen tensors whose values differ, for sets of one layout.</summary>
    internal static IEnumerable<string> FrozenDifferences(ParameterSet expected, ParameterSet actual, string expectedName, string actualName) =>
        from entry in expected
        where !entry.IsTrainable && !WeightMath.AreEqual(entry.Tensor, actual[entry.Name].Tensor)
        select $"'{entry.Name}' is not trained, yet its values in {actualName} differ from those in {expectedName}";

    private static string Shape(NamedTensor entry) => $"[{string.Join(", ", entry.Tensor.shape)}]";

    private static string Ties(NamedTensor entry) => $"[{string.Join(", ", entry.Aliases.Prepend(entry.Name).Order(StringComparer.Ordinal))}]";

    private static string Role(NamedTensor entry) => entry.IsTrainable ? "trainable" : "frozen";
}
