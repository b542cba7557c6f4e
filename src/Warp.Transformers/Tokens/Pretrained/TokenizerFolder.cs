namespace Warp.Transformers;

/// <summary>The files of a Hugging Face folder that say something about its tokenizer.</summary>
internal sealed class TokenizerFolder
{
    internal const string TokenizerFile = "tokenizer.json";
    internal const string SentencePieceFileName = "tokenizer.model";
    internal const string ConfigFile = "tokenizer_config.json";
    internal const string TemplateFile = "chat_template.jinja";

    private const long MaxTokenizerBytes = 1 << 28; // The largest have 35 MB.
    private const long MaxConfigBytes = 1 << 24;

    private readonly string _folder;

    private TokenizerFolder(string folder) => _folder = folder;

    /// <summary><c>tokenizer.json</c>; null if there is none.</summary>
    internal Setting? Tokenizer { get; private init; }

    /// <summary>The path of <c>tokenizer.model</c>; null if there is none or a <c>tokenizer.json</c> goes before it.</summary>
    internal string? SentencePiecePath { get; private init; }

    /// <summary><c>tokenizer_config.json</c>; null if there is none.</summary>
    internal Setting? Config { get; private init; }

    /// <summary><c>special_tokens_map.json</c>; null if there is none.</summary>
    internal Setting? SpecialTokens { get; private init; }

    /// <summary><c>generation_config.json</c>; null if there is none.</summary>
    internal Setting? Generation { get; private init; }

    /// <summary><c>config.json</c>, the model's; null if there is none.</summary>
    internal Setting? Model { get; private init; }

    internal static bool Exists(string folder) =>
        File.Exists(Path.Combine(folder, TokenizerFile)) || File.Exists(Path.Combine(folder, SentencePieceFileName));

    /// <summary>Reads the files.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It has no tokenizer.</exception>
    /// <exception cref="TokenizerException">A file is malformed.</exception>
    internal static TokenizerFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        var tokenizer = Read(folder, TokenizerFile, MaxTokenizerBytes);
        var pieces = Path.Combine(folder, SentencePieceFileName);
        if (tokenizer is null && !File.Exists(pieces))
        {
            throw new FileNotFoundException(
                $"The folder '{folder}' has neither {TokenizerFile} nor {SentencePieceFileName}. Older tokenizers of several files become a {TokenizerFile} by "
                + "AutoTokenizer.from_pretrained(…).save_pretrained(…) of transformers.",
                Path.Combine(folder, TokenizerFile));
        }

        return new TokenizerFolder(folder)
        {
            Tokenizer = tokenizer,
            SentencePiecePath = tokenizer is null ? pieces : null,
            Config = Read(folder, ConfigFile, MaxConfigBytes),
            SpecialTokens = Read(folder, "special_tokens_map.json", MaxConfigBytes),
            Generation = Read(folder, "generation_config.json", MaxConfigBytes),
            Model = Read(folder, PretrainedConfig.FileName, MaxConfigBytes),
        };
    }

    /// <summary>The settings that name a special token.</summary>
    internal static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>A token that the configuration names, such as <c>eos_token</c>, without its id; null if it names none.</summary>
    internal AddedToken? Named(string key) => (Config?.Find(key) ?? SpecialTokens?.Find(key)) is { } setting ? Token(setting) : null;

    /// <summary>All special tokens that the configuration names.</summary>
    internal IEnumerable<AddedToken> AllNamed()
    {
        foreach (var key in TokenNames)
        {
            if (Named(key) is { } token)
                yield return token;
        }

        if ((Config?.Find("additional_special_tokens") ?? SpecialTokens?.Find("additional_special_tokens")) is { } more)
        {
            foreach (var item in more.Items())
                yield return Token(item);
        }
    }

    /// <summary>Ids of <c>generation_config.json</c> or, if that has none, of <c>config.json</c>; a number or a list.</summary>
    internal IReadOnlyList<int>? Ids(string key) => (Generation?.Find(key) ?? Model?.Find(key)) is not { } ids
        ? null
        : ids.IsList ? [.. ids.Items().Select(id => id.Id())] : [ids.Id()];

    /// <summary>The chat template and where it stands; null if there is none.</summary>
    /// <exception cref="TokenizerException">There are several, and none is the default.</exception>
    internal (Place Place, string Source)? Template()
    {
        var file = Path.Combine(_folder, TemplateFile);
        if (File.Exists(file))
        {
            return new FileInfo(file).Length is var length && length <= MaxConfigBytes
                ? (new Place(file, ""), File.ReadAllText(file))
                : throw new TokenizerException($"it has {length} bytes; at most {MaxConfigBytes} are read.", file, setting: null);
        }

        if (Config?.Find("chat_template") is not { } template)
            return null;
        if (!template.IsList)
            return (template.Place, template.Text());
        var named = template.Items().FirstOrDefault(item => item.Need("name").Text() == "default");
        return named.IsObject
            ? (named.Need("template").Place, named.Need("template").Text())
            : throw template.Refused("none of the templates is named \"default\".");
    }

    private static AddedToken Token(Setting setting) => setting.IsText ? new AddedToken(setting.Text(), 0, Special: true) : AddedToken.Read(setting, 0);

    private static Setting? Read(string folder, string name, long maxBytes) =>
        Path.Combine(folder, name) is var path && File.Exists(path) ? Setting.Read(path, maxBytes) : null;
}
