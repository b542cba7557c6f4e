namespace Warp;

/// <summary>What a policy generated for a prompt (y in the paper).</summary>
public sealed record Completion
{
    /// <summary>Creates a completion.</summary>
    /// <param name="text">The text, without the end token.</param>
    /// <param name="tokenIds">The generated token ids, at least one, up to and including the end token. Not copied: do not change them afterwards.</param>
    /// <param name="isTruncated">Whether it was cut off at the greatest length, before an end token.</param>
    /// <exception cref="ArgumentException">There are no token ids, or one is negative.</exception>
    public Completion(string text, IReadOnlyList<int> tokenIds, bool isTruncated)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenIds);
        if (tokenIds.Count == 0)
            throw new ArgumentException("A completion has at least one token id, if only the end token.", nameof(tokenIds));
        TokenIdCheck.ThrowIfNegative(tokenIds, $"completion \"{text}\"");
        Text = text;
        TokenIds = tokenIds;
        IsTruncated = isTruncated;
    }

    /// <summary>The text, without the end token.</summary>
    public string Text { get; }

    /// <summary>The generated token ids, up to and including the end token. All of them, and nothing else, count in log-probabilities and KL.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>Whether it was cut off at the greatest length, before an end token. What that is worth is the reward model's affair.</summary>
    public bool IsTruncated { get; }
}
