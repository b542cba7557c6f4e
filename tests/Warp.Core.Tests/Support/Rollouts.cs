namespace Warp.Tests;

internal static class Rollouts
{
    public static Rollout Of(string prompt, string completion, int tokens = 1, bool truncated = false) =>
        new(new Prompt(prompt, [1]), new Completion(completion, [.. Enumerable.Repeat(2, tokens)], truncated));
}
