namespace Warp.Transformers;

/// <summary>Makes prompts and examples of text.</summary>
public static class TokenizerExtensions
{
    /// <summary>A prompt: the start token, if there is one, and the ids of the text.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="text">The text; empty only if there is a start token.</param>
    /// <exception cref="ArgumentException">There are no ids: the text is empty and the tokenizer has no start token.</exception>
    public static Prompt Prompt(this ITokenizer tokenizer, string text)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var ids = tokenizer.Encode(text);
        return new Prompt(text, tokenizer.StartTokenId is { } start ? [start, .. ids] : ids);
    }

    /// <summary>An example to learn from: a prompt, and the text that should follow it with the first of the end tokens.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="prompt">The text of the prompt; empty only if there is a start token.</param>
    /// <param name="completion">The text that should follow.</param>
    /// <exception cref="ArgumentException">The prompt has no ids, or the completion has none and there is no end token.</exception>
    public static Rollout Example(this ITokenizer tokenizer, string prompt, string completion)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var ids = tokenizer.Encode(completion);
        var ended = tokenizer.EndTokenIds.Count > 0;
        return new Rollout(tokenizer.Prompt(prompt), new Completion(completion, ended ? [.. ids, tokenizer.EndTokenIds[0]] : ids, isTruncated: !ended));
    }

    /// <summary>The text of a prompt with its completion, decoded as one sequence: what stands between the two is as the tokenizer has it.</summary>
    /// <param name="tokenizer">The policy's tokenizer, whose ids the rollout has.</param>
    /// <param name="rollout">The prompt and its completion.</param>
    /// <returns>The text without the start token and without the end token.</returns>
    public static string Text(this ITokenizer tokenizer, Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(rollout);
        var prompt = rollout.Prompt.TokenIds.Skip(rollout.Prompt.TokenIds[0] == tokenizer.StartTokenId ? 1 : 0);
        var completion = rollout.Completion.TokenIds;
        var ended = tokenizer.EndTokenIds.Contains(completion[^1]);
        return tokenizer.Decode([.. prompt, .. ended ? completion.Take(completion.Count - 1) : completion]);
    }
}
