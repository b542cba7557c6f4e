namespace Warp;

/// <summary>Finds out whether a merge is of use: a policy that never left θ_init, two that are one, task vectors that cancel.</summary>
internal sealed class MergeWarnings
{
    /// <summary>More names help nobody.</summary>
    private const int MostNames = 10;

    private readonly HashSet<int> _moved = [];
    private readonly HashSet<(int First, int Second)> _different = [];
    private readonly SortedDictionary<int, List<string>> _opposite = [];
    private int _policies;
    private int _groups;

    /// <summary>Adds what is known of a group: the inner products of its task vectors, and the steps of the recursion.</summary>
    internal void Add(string group, DoubleDouble[,] gram, IReadOnlyList<MergeStep> steps)
    {
        _groups++;
        _policies = gram.GetLength(0);
        for (var m = 0; m < _policies; m++)
        {
            if (gram[m, m].High > 0)
                _moved.Add(m);
            for (var k = 0; k < m; k++)
            {
                // Equal vectors give equal sums, in every bit.
                if (gram[k, k] != gram[k, m] || gram[m, m] != gram[k, m])
                    _different.Add((k, m));
            }
        }

        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Kind != MergeStepKind.Opposite)
                continue;
            if (!_opposite.TryGetValue(i + 2, out var names))
                _opposite.Add(i + 2, names = []);
            names.Add(group);
        }
    }

    /// <summary>The warnings; none when all is well, or when there is nothing to merge.</summary>
    internal IReadOnlyList<string> ToList() => _groups == 0 ? [] : [.. Unmoved(), .. Equal(), .. Opposite()];

    private IEnumerable<string> Unmoved() =>
        from m in Enumerable.Range(0, _policies)
        where !_moved.Contains(m)
        select $"Policy {m + 1} is θ_init in every weight, so that merging it only moves the others towards θ_init; is it the right checkpoint?";

    private IEnumerable<string> Equal() =>
        from m in Enumerable.Range(0, _policies)
        from k in Enumerable.Range(0, m)
        where _moved.Contains(m) && !_different.Contains((k, m))
        select $"Policies {k + 1} and {m + 1} have the same weights, so that merging them gains nothing; are they the right checkpoints?";

    private IEnumerable<string> Opposite() =>
        from step in _opposite
        let names = string.Join(", ", step.Value.Take(MostNames).Select(n => $"'{n}'"))
        let more = step.Value.Count > MostNames ? $" and {step.Value.Count - MostNames} more" : ""
        select $"In {step.Value.Count} of {_groups} {(_groups == 1 ? "group" : "groups")} the task vector of policy {step.Key} is opposite to what has been merged before it, "
            + $"so that the merge nearly cancels them: {names}{more}.";
}
