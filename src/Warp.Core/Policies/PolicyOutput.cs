using static TorchSharp.torch;

namespace Warp;

/// <summary>Checks what a policy returns, before arithmetic could broadcast or truncate it into something plausible.</summary>
internal static class PolicyOutput
{
    /// <summary>One completion per prompt, in order.</summary>
    /// <exception cref="InvalidOperationException">The count is wrong or a completion is null.</exception>
    internal static Rollout[] Rollouts(IPolicy policy, IReadOnlyList<Prompt> prompts, IReadOnlyList<Completion> completions)
    {
        if (completions is null || completions.Count != prompts.Count || completions.Contains(null!))
        {
            throw new InvalidOperationException(
                $"{policy.GetType().Name}.{nameof(IPolicy.Generate)} returned {completions?.Count(c => c is not null) ?? 0} completions for {prompts.Count} prompts; "
                + "it must return one for each, in order.");
        }

        return [.. prompts.Zip(completions, (prompt, completion) => new Rollout(prompt, completion))];
    }

    /// <summary>Log-probabilities as <see cref="IPolicy.LogProbabilities"/> promises them: shape, type, finite, 0 beyond each completion.</summary>
    /// <exception cref="NonFiniteOutputException">They are NaN or infinite.</exception>
    /// <exception cref="InvalidOperationException">They are something else; the message names the policy, what it returned and what is expected.</exception>
    internal static Tensor LogProbabilities(object owner, Tensor tokens, IReadOnlyList<Rollout> rollouts)
    {
        long[] shape = [rollouts.Count, rollouts.Max(r => r.Completion.TokenIds.Count)];
        CheckShape(owner, nameof(IPolicy.LogProbabilities), tokens, shape, "[rollouts, longest completion]");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = tokens.detach().to(ScalarType.Float32).cpu().data<float>().ToArray();
        for (var r = 0; r < rollouts.Count; r++)
        {
            var length = rollouts[r].Completion.TokenIds.Count;
            var row = values.AsSpan((int)(r * shape[1]), (int)shape[1]);
            for (var t = 0; t < row.Length; t++)
            {
                if (t < length ? float.IsFinite(row[t]) : row[t] == 0)
                    continue;
                var what = $"{owner.GetType().Name}.{nameof(IPolicy.LogProbabilities)} returned {row[t]} for token {t} of completion \"{rollouts[r].Completion.Text}\" "
                    + $"({length} tokens) of prompt \"{rollouts[r].Prompt.Text}\"; ";
                throw t < length
                    ? new NonFiniteOutputException(what + "log-probabilities must be finite. If the weights have diverged, return to an earlier checkpoint.")
                    : new InvalidOperationException(what + "entries beyond a completion's length must be exactly 0.");
            }
        }

        return tokens;
    }

    /// <summary>Distributions as <see cref="IDistributionPolicy.LogDistributions"/> promises them.</summary>
    /// <exception cref="InvalidOperationException">The shape or type is another.</exception>
    internal static Tensor LogDistributions(IDistributionPolicy policy, Tensor rows, IReadOnlyList<Rollout> rollouts)
    {
        var tokens = rollouts.Sum(r => (long)r.Completion.TokenIds.Count);
        CheckShape(policy, nameof(IDistributionPolicy.LogDistributions), rows, [tokens, rows.dim() == 2 ? rows.shape[1] : -1], "[sum of lengths, vocabulary]");
        return rows;
    }

    private static void CheckShape(object owner, string member, Tensor tensor, long[] shape, string meaning)
    {
        if (tensor.shape.AsSpan().SequenceEqual(shape) && tensor.dtype is ScalarType.Float32 or ScalarType.Float64)
            return;
        throw new InvalidOperationException(
            $"{owner.GetType().Name}.{member} returned {tensor.dtype} [{string.Join(", ", tensor.shape)}]; it must return Float32 "
            + $"[{string.Join(", ", shape.Select(s => s < 0 ? "vocabulary" : s.ToString(System.Globalization.CultureInfo.InvariantCulture)))}], {meaning}.");
    }
}
