namespace Warp.Transformers;

/// <summary>Two answers to a prompt, one of which was preferred.</summary>
/// <param name="Prompt">What stands before both answers; may be empty.</param>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The other one.</param>
public sealed record PreferencePair(string Prompt, string Chosen, string Rejected)
{
    /// <summary>Reads pairs from a file of JSON lines (one object per line; blank lines are skipped) or with a JSON array of objects.</summary>
    /// <remarks>
    /// <para>These shapes are understood, each line for itself; other keys are left alone:</para>
    /// <list type="bullet">
    /// <item><c>prompt</c>, <c>chosen</c>, <c>rejected</c> as strings;</item>
    /// <item>the same as lists of messages <c>{"role", "content"}</c>; without <c>prompt</c>, it is the messages that both begin with;</item>
    /// <item>ShareGPT: <c>conversations</c>, a list of <c>{"from", "value"}</c>, with <c>chosen</c> and <c>rejected</c> as one such message each.</item>
    /// </list>
    /// <para>ShareGPT's <c>human</c> is the role <c>user</c>, its <c>gpt</c> is <c>assistant</c>; <c>system</c> is the same in both. Other roles are refused.</para>
    /// </remarks>
    /// <param name="path">The file, in UTF-8.</param>
    /// <param name="conversation">
    /// The text of messages; the second argument asks for the beginning of an answer at their end. Give the chat template of the policy that
    /// will be scored. Default null: <c>role: content</c> for each message, with an empty line between two.
    /// </param>
    /// <exception cref="ExampleFormatException">The file is malformed; the message names the line, the key and the value.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IReadOnlyList<PreferencePair> Load(string path, Func<IReadOnlyList<ChatMessage>, bool, string>? conversation = null) =>
        [.. ExampleFile.Read(path).Select(example => PreferenceShapes.Read(example, conversation ?? PreferenceShapes.Plain))];
}
