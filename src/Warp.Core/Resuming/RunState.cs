using System.Text.Json;

namespace Warp;

/// <summary>Everything that a run needs to go on after a step as if it had never ended: tensors, and the rest as JSON.</summary>
/// <remarks>It is plain data and can be stored or sent anywhere; what is in it is the affair of <see cref="ReinforceTrainer"/>.</remarks>
public sealed class RunState : IDisposable
{
    private readonly Lazy<string> _data;

    /// <summary>Puts a state together again.</summary>
    /// <param name="step">The last full step.</param>
    /// <param name="data">What <see cref="Data"/> was.</param>
    /// <param name="tensors">What <see cref="Tensors"/> were; the state takes them over.</param>
    public RunState(int step, string data, ParameterSet tensors)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(tensors);
        (Step, Tensors) = (step, tensors);
        _data = new Lazy<string>(data);
    }

    internal RunState(RunProgress progress, ParameterSet tensors)
    {
        (Step, Tensors, Progress) = (progress.Step, tensors, progress);
        _data = new Lazy<string>(() => JsonSerializer.Serialize(progress, StoreJson.Compact)); // not on the run's thread
    }

    /// <summary>The last full step, from 0.</summary>
    public int Step { get; }

    /// <summary>Counters, streams, metrics and evaluations so far, as JSON.</summary>
    public string Data => _data.Value;

    /// <summary>Weights, averages and moments, in main memory. They belong to the state.</summary>
    public ParameterSet Tensors { get; }

    /// <summary>The state as an object, if it comes from this process.</summary>
    internal RunProgress? Progress { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose() => Tensors.Dispose();
}
