using TorchSharp;
using static TorchSharp.torch;

namespace Warp;

/// <summary>Adam's memory of one weight (Kingma and Ba 2015), and the step with it, in the order of torch's own operations.</summary>
/// <remarks>
/// TorchSharp's optimizer hands numbers to torch as temporary <see cref="Scalar"/>s, which the garbage collector may free while torch reads them: with
/// another thread that allocates, a step in some millions fails, or is wrong (docs/decisions/0008). Here each stays alive for the call.
/// </remarks>
internal sealed class AdamMoments : IDisposable
{
    internal AdamMoments(Tensor weight)
    {
        using var noGradient = no_grad();
        First = zeros_like(weight).DetachFromDisposeScope();
        Second = zeros_like(weight).DetachFromDisposeScope();
    }

    /// <summary>The average of the gradients.</summary>
    internal Tensor First { get; }

    /// <summary>The average of their squares.</summary>
    internal Tensor Second { get; }

    /// <summary>How many steps have been taken.</summary>
    internal long Steps { get; set; }

    /// <summary>Steps a weight along its gradient.</summary>
    internal void Step(Tensor weight, Tensor gradient, double learningRate, ReinforceOptions options) =>
        Step(weight, First, Second, ++Steps, gradient, learningRate, options);

    /// <summary>Steps a weight with averages that are given.</summary>
    internal static void Step(Tensor weight, Tensor first, Tensor second, long steps, Tensor gradient, double learningRate, ReinforceOptions options)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var firstCorrection = 1 - Math.Pow(options.AdamBeta1, steps);
        var secondCorrection = 1 - Math.Pow(options.AdamBeta2, steps);
        using var keepFirst = options.AdamBeta1.ToScalar();
        using var takeFirst = (1 - options.AdamBeta1).ToScalar();
        using var keepSecond = options.AdamBeta2.ToScalar();
        using var takeSecond = (1 - options.AdamBeta2).ToScalar();
        using var root = Math.Sqrt(secondCorrection).ToScalar();
        using var epsilon = options.AdamEpsilon.ToScalar();
        using var once = 1.ToScalar();
        using var size = (-(learningRate / firstCorrection)).ToScalar();

        first.mul_(keepFirst).add_(gradient, takeFirst);
        second.mul_(keepSecond).addcmul_(gradient, gradient, takeSecond);
        weight.addcdiv_(first, second.sqrt().div(root).add_(epsilon, once), size);
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
