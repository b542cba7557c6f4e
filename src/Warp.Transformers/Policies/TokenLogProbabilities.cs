using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// log softmax(logits(h) / temperature) at one token per row, with its gradient, in chunks of rows: the logits are made again for the gradient,
/// so that no more than one chunk of them is ever held. By plain operators the whole batch's would be kept.
/// </summary>
/// <remarks>The gradients that it returns belong to the dispose scope around the call of backward; without one, to the garbage collector.</remarks>
internal sealed class TokenLogProbabilities : autograd.SingleTensorFunction<TokenLogProbabilities>
{
    private const string Temperature = "temperature";
    private const string ChunkRows = "chunk";
    private const string Cap = "cap";
    private const double NoCap = 0;

    public override string Name => nameof(TokenLogProbabilities);

    /// <param name="states">h, [tokens, hidden].</param>
    /// <param name="head">From h to logits, of the same type.</param>
    /// <param name="targets">[tokens], int64.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="chunkRows">At least 1.</param>
    /// <returns>[tokens], in nats, in the type of <paramref name="states"/>.</returns>
    internal static Tensor Of(Tensor states, LogitHead head, Tensor targets, double temperature, int chunkRows) =>
        is_grad_enabled() && (states.requires_grad || head.Weight.requires_grad)
            ? apply(states, head.Weight, targets, temperature, chunkRows, head.Cap ?? NoCap)
            : Forward(states, head, targets, temperature, chunkRows);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (states, weight, targets) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([states, weight, targets]);
        ctx.save_data(Temperature, vars[3]);
        ctx.save_data(ChunkRows, vars[4]);
        ctx.save_data(Cap, vars[5]);
        return Forward(states, Head(weight, vars[5]), targets, (double)vars[3], (int)vars[4]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (states, weight, targets) = (saved[0], saved[1], saved[2]);
        var (temperature, chunkRows) = ((double)ctx.get_data(Temperature), (int)ctx.get_data(ChunkRows));
        var head = Head(weight, ctx.get_data(Cap));
        using var divisor = temperature.ToScalar();
        var stateGradient = empty_like(states);
        var weightGradient = weight.requires_grad ? zeros_like(weight) : null; // null: the head is frozen
        foreach (var (start, count) in Chunks(states.shape[0], chunkRows))
        {
            using var chunk = NewDisposeScope();
            var rows = states.narrow(0, start, count);
            // d log p(target) / d logit = [target] − p, then by the chain rule through the division.
            var gradient = grad_output.narrow(0, start, count).unsqueeze(1).div(divisor);
            var capped = head.Apply(rows);
            var scaled = head.Cap is null ? capped.div_(divisor) : capped.div(divisor);
            var logits = scaled.softmax(-1).mul_(gradient).neg_();
            logits.scatter_add_(1, targets.narrow(0, start, count).unsqueeze(1), gradient);
            // d (c tanh(x / c)) / d x = 1 − tanh²(x / c), and c tanh(x / c) is what came out.
            if (head.Cap is { } cap)
            {
                using var bound = cap.ToScalar();
                var unit = capped.div_(bound);
                logits.mul_(unit.mul_(unit).neg_().add_(HeldScalars.One, HeldScalars.One));
            }

            stateGradient.narrow(0, start, count).copy_(logits.mm(weight));
            weightGradient?.addmm_(logits.t(), rows);
        }

        return [stateGradient.MoveToOuterDisposeScope(), weightGradient?.MoveToOuterDisposeScope()!, null!, null!, null!, null!];
    }

    private static LogitHead Head(Tensor weight, object cap) => new(weight, (double)cap is var value and > NoCap ? value : null);

    private static Tensor Forward(Tensor states, LogitHead head, Tensor targets, double temperature, int chunkRows)
    {
        using var scope = NewDisposeScope();
        using var divisor = temperature.ToScalar();
        var result = empty([states.shape[0]], states.dtype, states.device);
        foreach (var (start, count) in Chunks(states.shape[0], chunkRows))
        {
            using var chunk = NewDisposeScope();
            var logits = head.Apply(states.narrow(0, start, count)).div_(divisor);
            var chosen = logits.gather(1, targets.narrow(0, start, count).unsqueeze(1)).squeeze(1);
            result.narrow(0, start, count).copy_(chosen.sub_(logits.logsumexp(-1)));
        }

        return result.MoveToOuterDisposeScope();
    }

    private static IEnumerable<(long Start, long Count)> Chunks(long rows, int chunkRows)
    {
        for (long start = 0; start < rows; start += chunkRows)
            yield return (start, Math.Min(chunkRows, rows - start));
    }
}
