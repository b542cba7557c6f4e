using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// Adam over a policy's trainable tensors, with linear warm-up and clipping. Tensors that are not float32 (or float64) parameters are stepped
/// through float32 masters: at learning rates like 1e-6 a bfloat16 weight would never move.
/// </summary>
internal sealed class PolicyOptimizer : IDisposable
{
    private readonly (Tensor Live, Parameter Stepped)[] _weights;
    private readonly ParameterSet _live;
    private readonly AdamMoments[] _moments;
    private readonly ReinforceOptions _options;
    private readonly double _greatestChange;
    private bool _isNearLimit = true; // until the weights have been looked at

    /// <param name="weights">The policy's live weights; set to <paramref name="start"/> if there is one.</param>
    /// <param name="options">Adam's settings.</param>
    /// <param name="start">Where to start, at full precision; null for the policy's weights as they are.</param>
    internal PolicyOptimizer(ParameterSet weights, ReinforceOptions options, ParameterSet? start = null)
    {
        _live = weights;
        _options = options;
        _greatestChange = GreatestChange(options);
        if (start is not null)
            weights.CopyFrom(start);
        _weights = [.. weights.Trainable.Select(t => (t.Tensor, Stepped(t.Tensor, (start ?? weights)[t.Name].Tensor)))];
        _moments = [.. _weights.Select(w => new AdamMoments(w.Stepped))];
        var stepped = _weights.Select(w => w.Stepped).GetEnumerator();
        Weights = weights.With(entry => entry.IsTrainable && stepped.MoveNext() ? stepped.Current : entry.Tensor);
    }

    /// <summary>The weights at full precision, live: the policy's own where they are float32 or float64, the masters elsewhere.</summary>
    internal ParameterSet Weights { get; }

    /// <summary>Goes back to earlier weights, masters and policy alike.</summary>
    internal void Restore(ParameterSet earlier)
    {
        Weights.CopyFrom(earlier);
        _live.CopyFrom(earlier);
    }

    /// <summary>Adam's moments by the name of the weight; live.</summary>
    internal IEnumerable<(string Name, AdamMoments Moments)> Moments => _live.Trainable.Zip(_moments, (t, m) => (t.Name, m));

    /// <summary>Sets weights to saved ones, masters and policy alike; those that were not saved are as they were at the start.</summary>
    internal void Resume(Func<string, Tensor?> saved)
    {
        using var noGradient = no_grad();
        foreach (var entry in Weights)
        {
            if (saved(entry.Name) is not { } tensor)
                continue;
            entry.Tensor.copy_(tensor);
            if (!ReferenceEquals(_live[entry.Name].Tensor, entry.Tensor))
                _live[entry.Name].Tensor.copy_(tensor);
        }
    }

    /// <summary>The learning rate of a step: α · min(1, step / warm-up).</summary>
    internal static double LearningRate(int step, ReinforceOptions options) =>
        options.WarmupSteps == 0 ? options.LearningRate : options.LearningRate * Math.Min(1.0, (double)step / options.WarmupSteps);

    internal void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        foreach (var (live, stepped) in _weights)
        {
            live.grad = null;
            if (!ReferenceEquals(live, stepped))
                stepped.grad = null;
        }
    }

    /// <summary>Steps along the gradients of the live weights, if everything stays finite.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <returns>The gradient's norm before clipping, and what would not be finite; unless that is null, nothing was changed.</returns>
    internal (double Norm, string? NotFinite) Step(int step)
    {
        using var scope = NewDisposeScope();
        foreach (var (live, stepped) in _weights)
        {
            if (!ReferenceEquals(live, stepped))
                stepped.grad = live.grad?.to(stepped.dtype);
        }

        var norm = nn.utils.clip_grad_norm_(_weights.Select(w => w.Stepped), _options.MaxGradientNorm ?? double.PositiveInfinity);
        if (!double.IsFinite(norm))
            return (norm, $"The gradient's norm is {norm}");
        if (_isNearLimit && Overflowing(step) is { } name)
            return (norm, $"The weight '{name}' would be NaN or infinite");

        foreach (var (weight, moments) in _weights.Zip(_moments))
        {
            if (weight.Stepped.grad is { } gradient)
                moments.Step(weight.Stepped, gradient, LearningRate(step, _options), _options);
        }

        using var noGradient = no_grad();
        foreach (var (live, stepped) in _weights)
        {
            if (!ReferenceEquals(live, stepped))
                live.copy_(stepped);
        }

        _isNearLimit = !_weights.All(w => Largest(w.Stepped) <= OutputRange.Largest(w.Live.dtype) - _greatestChange);
        return (norm, null);
    }

    /// <summary>
    /// The most that a step changes a weight. With v = (1−β₂) Σ β₂ᵏ g² and m = (1−β₁) Σ β₁ᵏ g, Cauchy-Schwarz gives |m| ≤ √v · (1−β₁) / √((1−β₂)(1−β₁²/β₂)) if β₁² is
    /// below β₂; the corrections are at most 1/(1−β₁). Twice that, for rounding; infinite where that does not hold, or where ε is so small that squares which vanish in
    /// float32 would count.
    /// </summary>
    private static double GreatestChange(ReinforceOptions options)
    {
        var (b1, b2) = (options.AdamBeta1, options.AdamBeta2);
        return b1 * b1 < b2 && options.AdamEpsilon >= 1e-16 ? 2 * options.LearningRate / Math.Sqrt((1 - b2) * (1 - b1 * b1 / b2)) : double.PositiveInfinity;
    }

    /// <summary>The name of a weight that would not be finite after the step.</summary>
    private string? Overflowing(int step) => _live.Trainable.Zip(_weights, _moments)
        .FirstOrDefault(w => w.Second.Stepped.grad is { } gradient
            && !StaysFinite(w.Second.Stepped, w.Third, gradient, LearningRate(step, _options), w.Second.Live.dtype)).First?.Name;

    /// <summary>Whether a step would leave everything finite, the weight also in another type. Changes nothing.</summary>
    private bool StaysFinite(Tensor weight, AdamMoments moments, Tensor gradient, double learningRate, ScalarType type)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (next, second) = (weight.detach().clone(), moments.Second.clone());
        AdamMoments.Step(next, moments.First.clone(), second, moments.Steps + 1, gradient, learningRate, _options);
        return WeightMath.IsFinite(next.to(type)) && WeightMath.IsFinite(second);
    }

    private static double Largest(Tensor weight)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return weight.numel() == 0 ? 0 : weight.detach().abs().max().to(ScalarType.Float64).item<double>();
    }

    public void Dispose()
    {
        ZeroGradients();
        foreach (var moments in _moments)
            moments.Dispose();
        foreach (var (live, stepped) in _weights)
        {
            if (!ReferenceEquals(live, stepped))
                stepped.Dispose();
        }
    }

    private static Parameter Stepped(Tensor live, Tensor start)
    {
        if (live is Parameter { dtype: ScalarType.Float32 or ScalarType.Float64 } parameter)
            return parameter;
        using var copy = WeightMath.DetachedCopy(start, live.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32, live.device);
        return new Parameter(copy);
    }
}
