using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// Writes a loop as event files that TensorBoard shows: one folder per run, <c>iteration-1/run-2</c>, and <c>loop</c> for merges, interpolations and
/// the front. Give it to <see cref="WarpLoop.RunAsync"/> as progress.
/// </summary>
/// <remarks>Numbers are rounded to float32; wall-clock times are whole seconds since the loop began. A loop that goes on from a checkpoint adds files to the same folders.</remarks>
public sealed class TensorBoardEvents : IProgress<WarpProgress>
{
    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SummaryWriter> _writers = new(StringComparer.Ordinal);

    /// <summary>Creates the writer.</summary>
    /// <param name="folder">The folder, by habit one within <c>runs</c>; made when something is written.</param>
    public TensorBoardEvents(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        _folder = folder;
    }

    /// <inheritdoc/>
    public void Report(WarpProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (_gate)
        {
            var seconds = (long)value.Elapsed.TotalSeconds;
            if (value.Step is { } step)
                Write(value, step, seconds);
            else if (value.Evaluation is { } evaluation)
                Write(Path.Combine("loop", value.Stage.ToString()), value.Stage == WarpStage.Front ? (int)Math.Round(100 * value.Eta ?? 0) : value.Iteration, evaluation, seconds);
        }
    }

    private void Write(WarpProgress value, ReinforceProgress step, long seconds)
    {
        var run = Path.Combine($"iteration-{value.Iteration}", $"run-{value.Run}");
        var metrics = step.Metrics;
        Write(run, "step/reward", metrics.Reward, step.Step, seconds);
        Write(run, "step/kl to anchor", metrics.KlToAnchor, step.Step, seconds);
        Write(run, "step/length", metrics.Length, step.Step, seconds);
        Write(run, "step/truncated share", metrics.TruncatedShare, step.Step, seconds);
        Write(run, "step/gradient norm", metrics.GradientNorm, step.Step, seconds);
        Write(run, "step/learning rate", metrics.LearningRate, step.Step, seconds);
        if (step.Evaluation is { } evaluation)
            Write(run, step.Step, evaluation, seconds);
    }

    private void Write(string folder, int step, PolicyEvaluation evaluation, long seconds)
    {
        Write(folder, "held-out/kl to sft", evaluation.Kl.Mean, step, seconds);
        Write(folder, "held-out/reward", evaluation.Reward.Mean, step, seconds);
        Write(folder, "held-out/length", evaluation.Length.Mean, step, seconds);
        foreach (var (name, reward) in evaluation.OtherRewards)
            Write(folder, $"held-out/{name}", reward.Mean, step, seconds);
    }

    private void Write(string folder, string tag, double value, int step, long seconds)
    {
        if (!_writers.TryGetValue(folder, out var writer))
            _writers.Add(folder, writer = utils.tensorboard.SummaryWriter(Path.Combine(_folder, folder)));
        writer.add_scalar(tag, (float)value, step, seconds);
    }
}
