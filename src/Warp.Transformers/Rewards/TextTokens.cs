namespace Warp.Transformers;

/// <summary>Texts as the tokens that a reward model reads: start token, text, end token if asked for, and no more than fit.</summary>
internal sealed class TextTokens(ITokenizer tokenizer, SequenceClassifierOptions options, int maxPositions)
{
    private readonly int _limit = options.MaxTokens ?? maxPositions;
    private long _overlong;

    /// <summary>How many texts were longer than the limit.</summary>
    internal long Overlong => Interlocked.Read(ref _overlong);

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="problem">Why there are none; null if there are.</param>
    /// <returns>At least one token; empty if there is a problem.</returns>
    internal IReadOnlyList<int> Read(string text, out string? problem)
    {
        problem = null;
        var body = tokenizer.Encode(text);
        int[] before = tokenizer.StartTokenId is { } start ? [start] : [];
        // Chat templates write the start token themselves; a second one is nothing that a model has seen.
        if (before is [var first] && body is [var own, ..] && own == first)
            body = [.. body.Skip(1)];
        int[] after = options.AppendEndToken ? [tokenizer.EndTokenIds[0]] : [];
        var room = _limit - before.Length - after.Length;
        if (body.Count <= room)
        {
            if (before.Length + body.Count + after.Length > 0)
                return [.. before, .. body, .. after];
            problem = "the text is empty";
            return [];
        }

        if (body.Count == 0)
        {
            problem = $"the text is empty, and its {before.Length + after.Length} special tokens are more than the {_limit} that the reward model reads";
            return [];
        }

        Interlocked.Increment(ref _overlong);
        if (options.Overlong == OverlongText.Refuse)
        {
            problem = $"the text has {before.Length + body.Count + after.Length} tokens, and the reward model reads {_limit}";
            return [];
        }

        // A limit too small for the special tokens leaves room for the text alone.
        if (room < 1)
            (before, after, room) = ([], [], _limit);
        return [.. before, .. options.Overlong == OverlongText.KeepStart ? body.Take(room) : body.Skip(body.Count - room), .. after];
    }
}
