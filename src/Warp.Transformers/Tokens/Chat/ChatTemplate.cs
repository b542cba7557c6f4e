using System.Text;

namespace Warp.Transformers;

/// <summary>
/// How a model wants dialogues written: the chat template of a Hugging Face folder, a program in Jinja. The part of Jinja that chat templates use is
/// evaluated exactly as transformers does; what is beyond it is refused by name.
/// </summary>
/// <remarks>
/// There are no tools and no documents. Immutable; safe to use from several threads at once.
/// </remarks>
public sealed class ChatTemplate
{
    private readonly Place _place;
    private readonly JinjaProgram _program;
    private readonly Dictionary<string, object?> _tokens;
    private readonly TimeProvider _time;

    private ChatTemplate(Place place, string source, Dictionary<string, object?> tokens, TimeProvider? time)
    {
        (_place, _tokens, _time) = (place, tokens, time ?? TimeProvider.System);
        _program = JinjaProgram.Read(place, source);
    }

    /// <summary>Reads the template of a folder: <c>chat_template.jinja</c> or, if there is none, <c>chat_template</c> of
    /// <c>tokenizer_config.json</c>, of several that named "default".</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">What templates that write the date ask for it; null, the default, for the system's clock.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It has no tokenizer (tokenizer.json or tokenizer.model), beside which a template stands.</exception>
    /// <exception cref="TokenizerException">There is no template, or it is malformed, or it has what is not supported.</exception>
    public static ChatTemplate Load(string folder, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Make(TokenizerFolder.Open(folder), time)() ?? throw new TokenizerException(
            $"there is no chat template; it would be \"chat_template\" here or the file {TokenizerFolder.TemplateFile} beside it.",
            Path.Combine(folder, TokenizerFolder.ConfigFile),
            setting: null);
    }

    /// <summary>Writes a dialogue.</summary>
    /// <param name="messages">The messages, at least one.</param>
    /// <param name="addGenerationPrompt">Whether the model is to answer: then the text ends with what begins its message. True by default.</param>
    /// <returns>The text, with special tokens, also the start token if the template writes it.</returns>
    /// <exception cref="ArgumentException">There are no messages, one is null or incomplete, or the template refuses them, for example a system message.</exception>
    /// <exception cref="TokenizerException">For these messages the template needs something that is not supported.</exception>
    public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count == 0)
            throw new ArgumentException("There are no messages; a dialogue has at least one.", nameof(messages));
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i] is not { Role: not null, Content: not null })
                throw new ArgumentException($"Message {i} is null or has no role or content; give both (\"\" for no content).", nameof(messages));
        }

        var variables = new Dictionary<string, object?>(_tokens, StringComparer.Ordinal)
        {
            ["messages"] = messages.Select(message => (object?)new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["role"] = Whole(message.Role),
                ["content"] = Whole(message.Content),
            }).ToList(),
            ["add_generation_prompt"] = addGenerationPrompt,
            ["tools"] = null,
            ["documents"] = null,
        };
        try
        {
            return _program.Apply(new JinjaRun(_place, _time), variables);
        }
        catch (JinjaRaisedException refusal)
        {
            throw new ArgumentException($"The chat template of '{_place.File}' refuses the messages ({string.Join(", ", messages.Select(message => message.Role))}): {refusal.Message}", nameof(messages), refusal);
        }
    }

    /// <summary>What reads the template when it is first needed, without the folder.</summary>
    internal static Func<ChatTemplate?> Make(TokenizerFolder folder, TimeProvider? time)
    {
        if (folder.Template() is not var (place, source))
            return () => null;
        var tokens = TokenizerFolder.TokenNames.Select(name => (name, folder.Named(name)?.Content)).Where(token => token.Content is not null)
            .ToDictionary(token => token.name, object? (token) => token.Content, StringComparer.Ordinal);
        return () => new ChatTemplate(place, source, tokens, time);
    }

    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
