using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>What the gradient of one batch was made of.</summary>
/// <param name="Loss">The loss before the step.</param>
/// <param name="Tokens">The number of tokens that count.</param>
/// <param name="Correct">The share of examples that the model had right; of no meaning where there is no right and wrong.</param>
internal readonly record struct BatchLoss(double Loss, int Tokens, double Correct = double.NaN);

/// <summary>One step of training by examples.</summary>
/// <param name="Step">The number of the step, from 1.</param>
/// <param name="Steps">The number of steps of the whole run.</param>
/// <param name="Epoch">The pass over the examples, from 1.</param>
/// <param name="Batch">What the batch said.</param>
/// <param name="GradientNorm">The length of the gradient, before it was shortened.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
internal readonly record struct ExampleStep(int Step, int Steps, int Epoch, BatchLoss Batch, double GradientNorm, double LearningRate);

/// <summary>The loop that all training by examples shares: shuffled epochs, batches, clipped steps of Adam along a schedule.</summary>
internal static class ExampleTraining
{
    // Adam's averages as everybody has them; nothing else of these settings is used.
    private static readonly ReinforceOptions UsualAdam = new();

    /// <summary>Trains parameters in place.</summary>
    /// <param name="weights">Those of the model; the trainable ones are trained.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="random">The only source of the order; one number is drawn from it.</param>
    /// <param name="options">Checked already.</param>
    /// <param name="backward">Adds the gradient of a batch's loss to the parameters and says what the loss was.</param>
    /// <param name="log">Makes what is reported of a step.</param>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="cancellationToken">Ends the training between steps.</param>
    /// <returns>Every step, in order.</returns>
    internal static IReadOnlyList<TStep> Run<TExample, TStep>(
        ParameterSet weights,
        IEnumerable<TExample> examples,
        RandomStream random,
        ExampleTrainingOptions options,
        Func<TExample[], BatchLoss> backward,
        Func<ExampleStep, TStep> log,
        IProgress<TStep>? progress,
        CancellationToken cancellationToken)
    {
        var parameters = Trainable(weights);
        TExample[] order = [.. examples];
        var perEpoch = (order.Length - 1) / options.BatchSize + 1; // rounded up; the usual sum overflows for the largest batches
        var steps = (int)Math.Min((long)perEpoch * options.Epochs, int.MaxValue); // more than anyone waits for
        var taken = new List<TStep>();
        var orders = new RandomStream(random.NextUInt64());
        AdamMoments[] moments = [.. parameters.Select(parameter => new AdamMoments(parameter))];
        try
        {
            for (var step = 0; step < steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (step % perEpoch == 0)
                    orders.Shuffle<TExample>(order);
                TExample[] batch = [.. order.Skip(step % perEpoch * options.BatchSize).Take(options.BatchSize)];
                taken.Add(log(Step(parameters, moments, options, step, steps, perEpoch, () => backward(batch))));
                progress?.Report(taken[^1]);
            }
        }
        finally
        {
            // Whoever trains the model next starts without these.
            Forget(parameters);
            foreach (var moment in moments)
                moment.Dispose();
        }

        return taken;
    }

    private static ExampleStep Step(
        Parameter[] parameters, AdamMoments[] moments, ExampleTrainingOptions options, int step, int steps, int perEpoch, Func<BatchLoss> backward)
    {
        using var scope = NewDisposeScope();
        Forget(parameters);
        var batch = backward();
        var norm = nn.utils.clip_grad_norm_(parameters, options.MaxGradientNorm);
        if (!double.IsFinite(batch.Loss) || !double.IsFinite(norm))
        {
            throw new InvalidOperationException(
                $"Step {step + 1} of {steps}: the loss is {batch.Loss} and the gradient's norm {norm}; both must be finite. The weights are those before this step. "
                + $"Lower {nameof(options.LearningRate)} ({options.LearningRate}) or {nameof(options.MaxGradientNorm)} ({options.MaxGradientNorm}).");
        }

        var rate = options.LearningRateAt(step, steps);
        foreach (var (parameter, moment) in parameters.Zip(moments))
        {
            if (parameter.grad is { } gradient)
                moment.Step(parameter, gradient, rate, UsualAdam);
        }

        return new(step + 1, steps, step / perEpoch + 1, batch, norm, rate);
    }

    private static Parameter[] Trainable(ParameterSet weights)
    {
        var trainable = weights.Trainable.ToArray();
        if (trainable.Length == 0)
            throw new ArgumentException("The model has no trainable weights; at least one parameter must ask for a gradient.", nameof(weights));
        return Array.ConvertAll(trainable, entry => entry switch
        {
            { Tensor.dtype: not ScalarType.Float32 } => throw new ArgumentException(
                $"'{entry.Name}' is {entry.Tensor.dtype}; weights are trained in Float32, because smaller types round most of a step away. "
                + "Train a Float32 copy and convert the result.",
                nameof(weights)),
            { Tensor: Parameter parameter } => parameter,
            _ => throw new ArgumentException($"'{entry.Name}' is trainable but no parameter of a module.", nameof(weights)),
        });
    }

    private static void Forget(Parameter[] parameters)
    {
        foreach (var parameter in parameters)
        {
            using var gradient = parameter.grad;
            parameter.grad = null;
        }
    }
}
