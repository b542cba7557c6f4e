namespace Warp;

internal static class SharedWeights
{
    /// <summary>What is wrong when something that should stand apart from the trained policy lies in the same memory.</summary>
    internal static string Message(string who, string tensor) =>
        $"{who} shares the trainable tensor '{tensor}' with the policy that is trained, so the KL between them is always 0. "
        + "Make each policy with tensors of its own; a factory must not return one object, or one module's tensors, twice.";
}
