namespace Warp;

/// <summary>A prompt (x in the paper).</summary>
public sealed record Prompt
{
    /// <summary>Creates a prompt.</summary>
    /// <param name="text">The text; may be empty if there is none.</param>
    /// <param name="tokenIds">The policy's token ids, at least one (a start token, if nothing else). Not copied: do not change them afterwards.</param>
    /// <exception cref="ArgumentException">There are no token ids, or one is negative.</exception>
    public Prompt(string text, IReadOnlyList<int> tokenIds)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenIds);
        if (tokenIds.Count == 0)
            throw new ArgumentException($"The prompt \"{text}\" has no token ids; a policy needs at least one, for instance its start token.", nameof(tokenIds));
        TokenIdCheck.ThrowIfNegative(tokenIds, $"prompt \"{text}\"");
        Text = text;
        TokenIds = tokenIds;
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>The policy's token ids, without padding.</summary>
    public IReadOnlyList<int> TokenIds { get; }
}
