using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// log softmax(h Wᵀ / temperature) at one token per row, with its gradient, in chunks of rows: the logits are made again for the gradient,
/// so that no more than one chunk of them is ever held. By plain operators the whole batch's would be kept.
/// </summary>
/// <remarks>The gradients that it returns belong to the dispose scope around the call of backward; without one, to the garbage collector.</remarks>
internal sealed class TokenLogProbabilities : autograd.SingleTensorFunction<TokenLogProbabilities>
{
    private const string Temperature = "temperature";
    private const string ChunkRows = "chunk";

    public override string Name => nameof(TokenLogProbabilities);

    /// <param name="states">h, [tokens, hidden].</param>
    /// <param name="weight">W, [vocabulary, hidden], of the same type.</param>
    /// <param name="targets">[tokens], int64.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="chunkRows">At least 1.</param>
    /// <returns>[tokens], in nats, in the type of <paramref name="states"/>.</returns>
    internal static Tensor Of(Tensor states, Tensor weight, Tensor targets, double temperature, int chunkRows) =>
        is_grad_enabled() && (states.requires_grad || weight.requires_grad)
            ? apply(states, weight, targets, temperature, chunkRows)
            : Forward(states, weight, targets, temperature, chunkRows);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (states, weight, targets) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([states, weight, targets]);
        ctx.save_data(Temperature, vars[3]);
        ctx.save_data(ChunkRows, vars[4]);
        return Forward(states, weight, targets, (double)vars[3], (int)vars[4]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (states, weight, targets) = (saved[0], saved[1], saved[2]);
        var (temperature, chunkRows) = ((double)ctx.get_data(Temperature), (int)ctx.get_data(ChunkRows));
        var stateGradient = empty_like(states);
        var weightGradient = weight.requires_grad ? zeros_like(weight) : null; // null: the head is frozen
        foreach (var (start, count) in Chunks(states.shape[0], chunkRows))
        {
            using var chunk = NewDisposeScope();
            var rows = states.narrow(0, start, count);
            // d log p(target) / d logit = [target] − p, then by the chain rule through the division.
            var gradient = grad_output.narrow(0, start, count).unsqueeze(1).div(temperature);
            var logits = Logits(rows, weight, temperature).softmax(-1).mul_(gradient).neg_();
            logits.scatter_add_(1, targets.narrow(0, start, count).unsqueeze(1), gradient);
            stateGradient.narrow(0, start, count).copy_(logits.mm(weight));
            weightGradient?.addmm_(logits.t(), rows);
        }

        return [stateGradient.MoveToOuterDisposeScope(), weightGradient?.MoveToOuterDisposeScope()!, null!, null!, null!];
    }

    private static Tensor Forward(Tensor states, Tensor weight, Tensor targets, double temperature, int chunkRows)
    {
        using var scope = NewDisposeScope();
        var result = empty([states.shape[0]], states.dtype, states.device);
        foreach (var (start, count) in Chunks(states.shape[0], chunkRows))
        {
            using var chunk = NewDisposeScope();
            var logits = Logits(states.narrow(0, start, count), weight, temperature);
            var chosen = logits.gather(1, targets.narrow(0, start, count).unsqueeze(1)).squeeze(1);
            result.narrow(0, start, count).copy_(chosen.sub_(logits.logsumexp(-1)));
        }

        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Logits(Tensor rows, Tensor weight, double temperature) => nn.functional.linear(rows, weight).div_(temperature);

    private static IEnumerable<(long Start, long Count)> Chunks(long rows, int chunkRows)
    {
        for (long start = 0; start < rows; start += chunkRows)
            yield return (start, Math.Min(chunkRows, rows - start));
    }
}
