namespace Warp;

/// <summary>
/// An anchor that moves, and can be saved with its run. An anchor that stays as it was made needs none of this; one that moves and does not
/// implement it cannot be used with a <see cref="CheckpointStore"/>, and the run says so: it compares the weights of other anchors at each save.
/// </summary>
public interface IResumableAnchor : IAnchor
{
    /// <summary>What has changed since the anchor was made.</summary>
    /// <returns>The state. Its weights are lent: they stay the anchor's, and are copied before the next step.</returns>
    AnchorState Save();

    /// <summary>Takes a state up again. Called once, on an anchor newly made as the saved one was.</summary>
    /// <param name="state">What <see cref="Save"/> gave. Its weights are lent for the call.</param>
    void Restore(AnchorState state);
}

/// <summary>What an anchor has to remember.</summary>
/// <param name="Weights">Tensors by name; null for none.</param>
/// <param name="Data">Anything else, as text; null for nothing.</param>
public sealed record AnchorState(ParameterSet? Weights, string? Data = null);
