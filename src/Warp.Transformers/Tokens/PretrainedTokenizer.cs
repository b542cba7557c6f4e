using System.Text;

namespace Warp.Transformers;

/// <summary>
/// The tokenizer of a Hugging Face folder: <c>tokenizer.json</c> with byte-pair encoding, byte-level or in the manner of SentencePiece, or a
/// SentencePiece <c>tokenizer.model</c> with byte-pair encoding. Its ids are those of Hugging Face's tokenizers.
/// </summary>
/// <remarks>
/// The merging is that of Microsoft.ML.Tokenizers. What a file asks for and is not supported is refused by name when the file is read; nothing is
/// approximated. Safe to use from several threads at once.
/// </remarks>
public sealed class PretrainedTokenizer : ITokenizer
{
    private readonly TokenizerPipeline _pipeline;
    private readonly SpecialTokenIds _special;
    private readonly int _idLimit;
    private readonly Lazy<ChatTemplate?> _template;

    private PretrainedTokenizer(TokenizerFolder folder, TimeProvider? time)
    {
        (_pipeline, _special) = PipelineFactory.Make(folder);
        _template = new(ChatTemplate.Make(folder, time));
        _idLimit = Math.Max(VocabularySize, folder.Model?.Find("vocab_size")?.Id() ?? 0);
    }

    /// <summary>The greatest id of any token, plus 1. The model's vocabulary may be larger, for the sake of round numbers.</summary>
    public int VocabularySize => _pipeline.VocabularySize;

    /// <inheritdoc/>
    /// <remarks>
    /// <c>eos_token_id</c> of <c>generation_config.json</c>, a number or a list; without it that of <c>config.json</c>; without it the
    /// <c>eos_token</c> of <c>tokenizer_config.json</c>.
    /// </remarks>
    public IReadOnlyList<int> EndTokenIds => _special.Ends;

    /// <inheritdoc/>
    /// <remarks>The <c>pad_token</c>; without one the first end token; without one 0.</remarks>
    public int PadTokenId => _special.Pad;

    /// <inheritdoc/>
    /// <remarks>There is one only if the tokenizer puts it before a text by itself: by its post-processor or <c>add_bos_token</c>.</remarks>
    public int? StartTokenId => _special.Start;

    /// <summary>Whether a folder has a tokenizer: <c>tokenizer.json</c> or <c>tokenizer.model</c>.</summary>
    /// <param name="folder">The folder.</param>
    public static bool Exists(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return TokenizerFolder.Exists(folder);
    }

    /// <summary>Reads the tokenizer of a folder: <c>tokenizer.json</c> or, if there is none, <c>tokenizer.model</c>.</summary>
    /// <param name="folder">The folder. <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>generation_config.json</c> and
    /// <c>config.json</c> are read too if they are there.</param>
    /// <param name="time">What chat templates that write the date ask for it; null, the default, for the system's clock.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It has no tokenizer.</exception>
    /// <exception cref="TokenizerException">A file is malformed, or asks for something that is not supported.</exception>
    public static PretrainedTokenizer Load(string folder, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new PretrainedTokenizer(TokenizerFolder.Open(folder), time);
    }

    /// <inheritdoc/>
    /// <remarks>Added tokens, special ones too, are found in the text. Half of a surrogate pair counts as U+FFFD.</remarks>
    /// <exception cref="TokenizerException">The file's pattern fails on this text.</exception>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _pipeline.Encode(IsWhole(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Special tokens have no text, other added tokens have; neither have ids that the model has and the tokenizer does not. Bytes that are no
    /// UTF-8, such as those of half a character, become U+FFFD. Spaces before punctuation are left as they are.
    /// </remarks>
    /// <exception cref="ArgumentException">An id is negative, or beyond the tokenizer's and the model's vocabulary.</exception>
    public string Decode(IReadOnlyList<int> tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        foreach (var id in tokenIds)
        {
            if (id < 0 || id >= _idLimit)
                throw new ArgumentException($"Token id {id} is outside the vocabulary of {_idLimit}.", nameof(tokenIds));
        }

        return _pipeline.Decode(tokenIds);
    }

    /// <summary>A prompt of a dialogue, written by the model's chat template.</summary>
    /// <param name="messages">The messages, at least one; usually the last is the user's.</param>
    /// <param name="addGenerationPrompt">Whether the model is to answer: then the prompt ends with what begins its message. True by default.</param>
    /// <returns>The text as the template writes it, and its ids. The start token is there if the template writes it, and never twice.</returns>
    /// <exception cref="ArgumentException">There are no messages, or the template refuses them, for example a system message.</exception>
    /// <exception cref="TokenizerException">There is no chat template, or it has what is not supported.</exception>
    public Prompt Chat(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var template = _template.Value ?? throw new TokenizerException(
            "The tokenizer's folder has no chat template: neither chat_template.jinja nor \"chat_template\" in tokenizer_config.json. Write the prompt's text yourself.");
        var text = template.Apply(messages, addGenerationPrompt);
        return new Prompt(text, Encode(text));
    }

    private static bool IsWhole(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (!char.IsSurrogatePair(text, at))
                return false;
            at++;
        }

        return true;
    }
}
