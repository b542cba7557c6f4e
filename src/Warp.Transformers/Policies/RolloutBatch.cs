using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Rollouts as one padded rectangle, and where in it the generated tokens are predicted.</summary>
/// <remarks>
/// Padding stands on the right: every row begins at position 0 and no token sees what comes after it, so a row is scored as if it were alone
/// and needs neither a mask nor position ids. The last token of a rollout predicts nothing and is not fed.
/// </remarks>
internal sealed class RolloutBatch
{
    private readonly int _longest;
    private readonly long[] _ids;
    private readonly long[] _sources;
    private readonly long[] _targets;
    private readonly long[] _destinations;

    internal RolloutBatch(IReadOnlyList<Rollout> rollouts)
    {
        Rows = rollouts.Count;
        Length = rollouts.Max(r => r.Prompt.TokenIds.Count + r.Completion.TokenIds.Count) - 1;
        _longest = rollouts.Max(r => r.Completion.TokenIds.Count);
        var tokens = rollouts.Sum(r => r.Completion.TokenIds.Count);
        _ids = new long[(long)Rows * Length]; // padding is 0: nobody sees it
        (_sources, _targets, _destinations) = (new long[tokens], new long[tokens], new long[tokens]);

        var token = 0;
        for (var row = 0; row < Rows; row++)
        {
            var (prompt, completion) = (rollouts[row].Prompt.TokenIds, rollouts[row].Completion.TokenIds);
            var fed = _ids.AsSpan(row * Length, Length);
            for (var t = 0; t < prompt.Count; t++)
                fed[t] = prompt[t];
            for (var t = 0; t < completion.Count; t++, token++)
            {
                if (t < completion.Count - 1)
                    fed[prompt.Count + t] = completion[t];
                _sources[token] = (long)row * Length + prompt.Count - 1 + t;
                _targets[token] = completion[t];
                _destinations[token] = (long)row * _longest + t;
            }
        }
    }

    internal int Rows { get; }

    internal int Length { get; }

    /// <summary>[rows, length], int64.</summary>
    internal Tensor Ids(Device device) => tensor(_ids, [Rows, Length], ScalarType.Int64, device);

    /// <summary>The generated tokens, row after row: [tokens], int64.</summary>
    internal Tensor Targets(Device device) => tensor(_targets, ScalarType.Int64, device);

    /// <summary>The states from which the generated tokens are predicted.</summary>
    /// <param name="hidden">[rows, length, size].</param>
    /// <returns>[tokens, size].</returns>
    internal Tensor Predicting(Tensor hidden)
    {
        var flat = hidden.view((long)Rows * Length, -1);
        return flat.index_select(0, tensor(_sources, ScalarType.Int64, hidden.device));
    }

    /// <summary>Puts one value per generated token back into rows.</summary>
    /// <param name="values">[tokens].</param>
    /// <returns>[rows, longest completion], 0 after the end of a row.</returns>
    internal Tensor Spread(Tensor values)
    {
        if (_targets.Length == Rows * _longest)
            return values.view(Rows, _longest);
        return zeros([(long)Rows * _longest], values.dtype, values.device)
            .index_copy(0, tensor(_destinations, ScalarType.Int64, values.device), values)
            .view(Rows, _longest);
    }
}
