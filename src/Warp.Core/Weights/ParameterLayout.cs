namespace Warp;

/// <summary>Compares names, ties, shapes and types of two sets.</summary>
internal static class ParameterLayout
{
    /// <summary>Every difference in words. Types and roles are compared when <paramref name="strict"/>.</summary>
    internal static IEnumerable<ParameterDifference> Differences(ParameterSet expected, ParameterSet actual, string expectedName, string actualName, bool strict = true)
    {
        foreach (var entry in expected)
        {
            if (!actual.TryGet(entry.Name, out var other))
            {
                yield return ParameterDifference.Missing(entry.Name, expectedName, actualName);
                continue;
            }

            if (!entry.Tensor.shape.SequenceEqual(other.Tensor.shape))
                yield return ParameterDifference.Shape(entry.Name, entry.Tensor.shape, other.Tensor.shape, expectedName, actualName);
            if (strict && entry.Tensor.dtype != other.Tensor.dtype)
                yield return ParameterDifference.Type(entry.Name, $"{entry.Tensor.dtype}", $"{other.Tensor.dtype}", expectedName, actualName);
            if (strict && entry.IsTrainable != other.IsTrainable)
                yield return new(
                    $"'{entry.Name}' is {Role(entry)} in {expectedName} but {Role(other)} in {actualName}", $"role {Role(entry)} {expectedName} {actualName}");
            var (ties, otherTies) = (Ties(entry), Ties(other));
            if (ties != otherTies)
                yield return new($"'{entry.Name}' is tied as {ties} in {expectedName} but as {otherTies} in {actualName}", $"ties {expectedName} {actualName}");
        }

        foreach (var entry in actual)
        {
            if (!expected.TryGet(entry.Name, out _))
                yield return ParameterDifference.Missing(entry.Name, actualName, expectedName);
        }
    }

    /// <summary>What keeps two sets from being averaged: differences of layout or, if there are none, of the values of frozen tensors.</summary>
    internal static IReadOnlyList<ParameterDifference> AveragingDifferences(ParameterSet expected, ParameterSet actual, string expectedName, string actualName)
    {
        var differences = Differences(expected, actual, expectedName, actualName).ToList();
        return differences.Count > 0 ? differences : [.. FrozenDifferences(expected, actual, expectedName, actualName)];
    }

    /// <summary>The frozen tensors whose values differ, for sets of one layout.</summary>
    internal static IEnumerable<ParameterDifference> FrozenDifferences(ParameterSet expected, ParameterSet actual, string expectedName, string actualName) =>
        from entry in expected
        where !entry.IsTrainable && !WeightMath.AreEqual(entry.Tensor, actual[entry.Name].Tensor)
        select ParameterDifference.Values(entry.Name, expectedName, actualName);

    private static string Ties(NamedTensor entry) => $"[{string.Join(", ", entry.Aliases.Prepend(entry.Name).Order(StringComparer.Ordinal))}]";

    private static string Role(NamedTensor entry) => entry.IsTrainable ? "trainable" : "frozen";
}
