namespace Warp;

/// <summary>A prompt with one completion of it.</summary>
/// <param name="Prompt">x in the paper.</param>
/// <param name="Completion">y in the paper.</param>
public sealed record Rollout(Prompt Prompt, Completion Completion);
