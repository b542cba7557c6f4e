namespace Warp.Samples;

/// <summary>Work that a checkpoint spares a program that is started again.</summary>
internal static class Once
{
    /// <summary>Trains weights, or takes them and the outcome from the checkpoint.</summary>
    public static T Train<T>(CheckpointStore? store, string name, ParameterSet weights, Func<T> train) => store is null
        ? train()
        : store.TrainOnceAsync(name, weights, _ => Task.FromResult(train())).GetAwaiter().GetResult();
}
