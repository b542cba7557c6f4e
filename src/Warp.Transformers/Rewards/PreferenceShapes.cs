using System.Text.Json;

namespace Warp.Transformers;

/// <summary>The shapes in which preferences are written down.</summary>
internal static class PreferenceShapes
{
    private const string Conversations = "conversations";
    private const string Prompt = "prompt";
    private const string Chosen = "chosen";
    private const string Rejected = "rejected";
    private const string AssistantRole = "assistant";

    internal static PreferencePair Read(Example example, Func<IReadOnlyList<ChatMessage>, bool, string> conversation)
    {
        if (example.Has(Conversations))
            return Render(example, example.Messages(Conversations), [example.Message(Chosen)], [example.Message(Rejected)], conversation);
        if (example.Kind(Chosen) == JsonValueKind.String)
            return new(example.Has(Prompt) ? example.Text(Prompt) : "", example.Text(Chosen), example.Text(Rejected));

        var (chosen, rejected) = (example.Messages(Chosen), example.Messages(Rejected));
        if (example.Has(Prompt))
        {
            IReadOnlyList<ChatMessage> asked = example.Kind(Prompt) == JsonValueKind.String ? [new("user", example.Text(Prompt))] : example.Messages(Prompt);
            // Some files repeat the prompt in both answers.
            bool Repeats(IReadOnlyList<ChatMessage> answer) => answer.Count > asked.Count && answer.Take(asked.Count).SequenceEqual(asked);
            if (Repeats(chosen) && Repeats(rejected))
                (chosen, rejected) = ([.. chosen.Skip(asked.Count)], [.. rejected.Skip(asked.Count)]);
            return Render(example, asked, chosen, rejected, conversation);
        }

        var common = chosen.Zip(rejected).TakeWhile(pair => pair.First == pair.Second).Count();
        if (common == chosen.Count || common == rejected.Count)
            throw example.Refusal(Rejected, "the conversations of chosen and rejected go on from one another or are equal; they must differ in a message");
        return Render(example, [.. chosen.Take(common)], [.. chosen.Skip(common)], [.. rejected.Skip(common)], conversation);
    }

    /// <summary><c>role: content</c> for each message, with an empty line between two.</summary>
    internal static string Plain(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        var text = string.Join("\n\n", messages.Select(m => $"{m.Role}: {m.Content}"));
        return !addGenerationPrompt ? text : messages.Count == 0 ? $"{AssistantRole}: " : $"{text}\n\n{AssistantRole}: ";
    }

    private static PreferencePair Render(
        Example example,
        IReadOnlyList<ChatMessage> prompt,
        IReadOnlyList<ChatMessage> chosen,
        IReadOnlyList<ChatMessage> rejected,
        Func<IReadOnlyList<ChatMessage>, bool, string> conversation)
    {
        var before = prompt.Count == 0 ? "" : Written(example.Has(Conversations) ? Conversations : example.Has(Prompt) ? Prompt : Chosen, prompt, addGenerationPrompt: true);
        return new(before, After(Chosen, chosen), After(Rejected, rejected));

        string After(string key, IReadOnlyList<ChatMessage> answer)
        {
            if (answer.Count == 0)
                throw example.Refusal(key, "it has no messages; give at least one");
            var whole = Written(key, [.. prompt, .. answer], addGenerationPrompt: false);
            return whole.StartsWith(before, StringComparison.Ordinal)
                ? whole[before.Length..]
                : throw example.Refusal(
                    key,
                    $"the text of the conversation does not begin with the text of its prompt; an answer begins with a message of the {AssistantRole}, not of the {answer[0].Role}");
        }

        string Written(string key, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
        {
            try
            {
                return conversation(messages, addGenerationPrompt);
            }
            catch (ArgumentException refusal)
            {
                throw example.Refusal(key, $"its conversation cannot be written: {refusal.Message.TrimEnd('.')}", refusal);
            }
        }
    }
}
