namespace Warp;

/// <summary>Keeps the state of one run, from which <see cref="ReinforceTrainer"/> goes on. <see cref="CheckpointStore.Run"/> is one on disk.</summary>
public interface IRunStateStore
{
    /// <summary>The trainer saves every so many steps, at least 1, and when it ends before its time.</summary>
    int Interval { get; }

    /// <summary>The newest state.</summary>
    /// <returns>A state, which the caller disposes; null if there is none and the run begins.</returns>
    RunState? Load();

    /// <summary>Keeps a state in place of the one before. Called on the run's thread, which waits for it: write later, on another.</summary>
    /// <param name="state">The state, which the store takes over and disposes.</param>
    void Save(RunState state);
}
