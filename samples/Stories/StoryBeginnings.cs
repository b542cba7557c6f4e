using Warp.Transformers;

namespace Warp.Stories;

/// <summary>The prompts: the beginnings of the stories in a text file.</summary>
internal static class StoryBeginnings
{
    private const string Separator = "<|endoftext|>";

    /// <summary>
    /// The stories of a text. A story begins at the beginning of the text, after a separator, and at every line that follows another line
    /// directly: within a story, paragraphs have an empty line between them.
    /// </summary>
    public static IEnumerable<string> Stories(string text)
    {
        foreach (var part in text.ReplaceLineEndings("\n").Split(Separator))
        {
            var story = new List<string>();
            var isOpen = false; // the last line was not empty
            foreach (var line in part.Split('\n').Select(l => l.Trim()))
            {
                if (line.Length > 0 && isOpen)
                {
                    yield return string.Join("\n\n", story);
                    story.Clear();
                }

                if (line.Length > 0)
                    story.Add(line);
                isOpen = line.Length > 0;
            }

            if (story.Count > 0)
                yield return string.Join("\n\n", story);
        }
    }

    /// <summary>The beginnings of a fixed number of tokens, each once, those that training sees apart from those that it does not.</summary>
    /// <param name="stories">Stories; those of no more tokens than <paramref name="tokens"/> are left out.</param>
    /// <param name="tokenizer">The policy's.</param>
    /// <param name="tokens">Tokens of a beginning, without the start token.</param>
    /// <param name="heldOut">How many are held out.</param>
    /// <param name="random">The only source of chance.</param>
    /// <exception cref="ArgumentException">There are not enough stories.</exception>
    public static (Prompt[] Training, Prompt[] HeldOut) Divide(IEnumerable<string> stories, ITokenizer tokenizer, int tokens, int heldOut, RandomStream random)
    {
        int[] start = tokenizer.StartTokenId is { } id ? [id] : [];
        Prompt[] prompts =
        [
            .. stories
                // Sixteen characters a token are more than enough; the rest need not be encoded.
                .Select(story => tokenizer.Encode(story.Length <= 16 * tokens ? story : story[..(16 * tokens)]))
                .Where(ids => ids.Count > tokens)
                .Select(ids => ids.Take(tokens).ToArray())
                .Select(ids => new Prompt(tokenizer.Decode(ids), [.. start, .. ids]))
                .DistinctBy(prompt => prompt.Text, StringComparer.Ordinal),
        ];
        if (prompts.Length <= heldOut)
        {
            throw new ArgumentException(
                $"{StoriesOptions.StoriesName} has {prompts.Length} different stories of more than {tokens} tokens; {heldOut} are held out, so give at least {heldOut + 1}.");
        }

        random.Shuffle<Prompt>(prompts);
        return (prompts[heldOut..], prompts[..heldOut]);
    }
}
