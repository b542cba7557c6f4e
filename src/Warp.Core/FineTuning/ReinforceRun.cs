using System.Text.Json;
using static TorchSharp.torch;

namespace Warp;

/// <summary>A run under way: everything that changes from step to step, which can be saved between two steps and taken up again.</summary>
internal sealed class ReinforceRun : IDisposable
{
    // Labels of a run's random streams: part of what a seed means, never to be renumbered.
    private const ulong OrderStream = 1;
    private const ulong SamplingStream = 2;

    private readonly ulong _seed;
    private readonly ReinforceOptions _options;
    private readonly ParameterSet? _start;
    private readonly IAnchor _anchor;
    private readonly RandomStream _sampling;
    private long _drawn;
    private double _average = double.NaN;
    private string? _anchorAtStart;

    internal ReinforceRun(IPolicy policy, IAnchor anchor, int prompts, ReinforceOptions options, ParameterSet? start, ulong seed, bool keepLastGood)
    {
        (_anchor, _options, _start, _seed) = (anchor, options, start, seed);
        var random = new RandomStream(seed);
        Order = new PromptOrder(prompts, random.Fork(OrderStream));
        _sampling = random.Fork(SamplingStream);
        Baseline = new BaselineEstimator(options.Baseline, options.BaselineDecay);
        Optimizer = new PolicyOptimizer(policy.Weights, options, start);
        LastGood = new LastGoodWeights(Optimizer, keepLastGood);
    }

    internal PromptOrder Order { get; }

    internal BaselineEstimator Baseline { get; }

    internal PolicyOptimizer Optimizer { get; }

    internal LastGoodWeights LastGood { get; }

    internal List<StepMetrics> Steps { get; } = [];

    internal List<StepEvaluation> Evaluations { get; } = [];

    /// <summary>The last full step.</summary>
    internal int Step { get; private set; }

    /// <summary>Whether what is due after that step, its evaluation, has been done.</summary>
    internal bool IsConcluded { get; set; } = true;

    /// <summary>Whether weights, moments, anchor and counters belong to one and the same step.</summary>
    internal bool IsWhole { get; private set; } = true;

    /// <summary>The baseline's moving average after that step.</summary>
    internal double AverageBefore => _average;

    internal StopReason Stop { get; set; } = StopReason.Completed;

    /// <summary>Time that earlier processes spent on it.</summary>
    internal TimeSpan ElapsedBefore { get; private set; }

    /// <summary>The random stream of the next step.</summary>
    internal RandomStream NextSampling() => _sampling.Fork((ulong)Step + 1);

    /// <summary>The weights are about to change.</summary>
    internal void BeginUpdate() => IsWhole = false;

    /// <summary>They have not changed after all.</summary>
    internal void CancelUpdate() => IsWhole = true;

    /// <summary>A step has been taken as a whole.</summary>
    internal void Commit(StepMetrics metrics)
    {
        Steps.Add(metrics);
        (Step, IsConcluded, IsWhole, _drawn, _average) = (metrics.Step, false, true, Order.Drawn, Baseline.Average);
    }

    /// <summary>A copy of everything in main memory, as after the last full step.</summary>
    internal RunState Save(TimeSpan elapsed)
    {
        using var scope = NewDisposeScope();
        var anchor = AnchorState();
        var moments = Optimizer.Moments.ToArray();
        var lastGood = LastGood.Kept is { } kept && LastGood.Step != 0 && LastGood.Step != Step
            ? RunTensors.Changed(RunTensors.LastGood, kept, _start) : [];
        var tensors = RunTensors.Copy(
        [
            .. RunTensors.Changed(RunTensors.Weights, Optimizer.Weights, _start),
            .. moments.Select(m => (RunTensors.FirstMoment + m.Name, m.Moments.First)),
            .. moments.Select(m => (RunTensors.SecondMoment + m.Name, m.Moments.Second)),
            (RunTensors.AdamSteps, tensor(moments.Select(m => m.Moments.Steps).ToArray())),
            .. lastGood,
            .. (anchor.Weights ?? Enumerable.Empty<NamedTensor>()).Select(t => (RunTensors.Anchor + t.Name, t.Tensor)),
        ]);
        return new RunState(
            new RunProgress
            {
                Step = Step,
                IsConcluded = IsConcluded,
                Stop = Stop,
                Seed = _seed,
                Streams = new Dictionary<string, StreamPosition>(StringComparer.Ordinal)
                {
                    ["order"] = new(Order.Key, _drawn),
                    ["sampling"] = new(_sampling.Key, Step),
                },
                BaselineAverage = _average,
                LearningRate = PolicyOptimizer.LearningRate(Step, _options),
                LastGoodStep = LastGood.Step,
                Anchor = anchor.Data,
                Elapsed = elapsed,
                Steps = [.. Steps],
                Evaluations = [.. Evaluations],
            },
            tensors);
    }

    /// <summary>Takes a saved state up.</summary>
    /// <exception cref="CheckpointStoreException">It is the state of another run.</exception>
    internal void Resume(RunState state)
    {
        var saved = state.Progress ?? JsonSerializer.Deserialize<RunProgress>(state.Data, StoreJson.Compact)!;
        if (saved.Seed != _seed)
            throw new CheckpointStoreException($"The saved state is that of a run with seed {saved.Seed}, not {_seed}; it belongs to another run.");
        (Step, IsConcluded, Stop, ElapsedBefore) = (saved.Step, saved.IsConcluded, saved.Stop, saved.Elapsed);
        (_drawn, _average) = (saved.Streams["order"].Position, saved.BaselineAverage);
        (Order.Drawn, Baseline.Average) = (_drawn, _average);
        Steps.AddRange(saved.Steps);
        Evaluations.AddRange(saved.Evaluations);
        ResumeTensors(state.Tensors, saved);
        LastGood.Resume(saved.LastGoodStep, isCurrent: saved.LastGoodStep == Step && Step != 0, state.Tensors.Within(RunTensors.LastGood));
    }

    /// <summary>Remembers the anchor as it is, so that one that moves and cannot say how is found out before it is saved.</summary>
    internal void WatchAnchor() => _anchorAtStart = _anchor is IResumableAnchor or FixedAnchor ? null : SettingsList.Fingerprint(_anchor.Weights);

    public void Dispose()
    {
        LastGood.Dispose();
        Optimizer.Dispose();
    }

    private void ResumeTensors(ParameterSet tensors, RunProgress saved)
    {
        using var noGradient = no_grad();
        Optimizer.Resume(tensors.Within(RunTensors.Weights));
        var steps = tensors[RunTensors.AdamSteps].Tensor.data<long>().ToArray();
        foreach (var ((name, moments), i) in Optimizer.Moments.Select((m, i) => (m, i)))
        {
            moments.First.copy_(tensors[RunTensors.FirstMoment + name].Tensor);
            moments.Second.copy_(tensors[RunTensors.SecondMoment + name].Tensor);
            moments.Steps = steps[i];
        }

        if (_anchor is not IResumableAnchor resumable)
            return;
        using var anchor = Unprefixed(tensors, RunTensors.Anchor);
        resumable.Restore(new AnchorState(anchor.Count == 0 ? null : anchor, saved.Anchor));
    }

    private static ParameterSet Unprefixed(ParameterSet tensors, string prefix) => RunTensors.Copy(
        tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => (t.Name[prefix.Length..], t.Tensor)));

    private AnchorState AnchorState()
    {
        if (_anchor is IResumableAnchor resumable)
            return resumable.Save();
        if (_anchorAtStart is not null && SettingsList.Fingerprint(_anchor.Weights) != _anchorAtStart)
        {
            throw new InvalidOperationException(
                $"The anchor {_anchor.GetType().Name} has moved since the run began, and a checkpoint could not say where to. Implement {nameof(IResumableAnchor)}, or run without a checkpoint.");
        }

        return new AnchorState(null);
    }
}
