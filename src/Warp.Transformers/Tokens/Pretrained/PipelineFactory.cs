namespace Warp.Transformers;

/// <summary>Makes pipelines of a folder's files.</summary>
internal static class PipelineFactory
{
    /// <summary>The pipeline, and the ids of start, end and padding.</summary>
    internal static (TokenizerPipeline Pipeline, SpecialTokenIds Special) Make(TokenizerFolder folder)
    {
        if (folder.Tokenizer is { } tokenizer)
            return Make(folder, tokenizer);
        var path = folder.SentencePiecePath!;
        return Make(folder, SentencePieceFile.Read(path), path);
    }

    private static (TokenizerPipeline Pipeline, SpecialTokenIds Special) Make(TokenizerFolder folder, Setting tokenizer)
    {
        var model = BpeReader.Read(tokenizer.Need("model"));
        var added = new AddedTokens(model.Vocabulary);
        foreach (var entry in tokenizer.Find("added_tokens")?.Items() ?? [])
            added.Add(AddedToken.Read(entry, entry.Need("id").Id()), entry);
        AddConfigured(folder, added);
        var normalize = Normalizers.Read(tokenizer.Find("normalizer"));
        foreach (var token in added.All.Where(token => token.Normalized && normalize(token.Content).Length == 0))
            throw tokenizer.Need("normalizer").Refused($"it leaves nothing of the added token \"{token.Content}\", which then could be found everywhere.");
        RefuseUnknownStart(tokenizer);
        var pipeline = new TokenizerPipeline(model.Vocabulary, [.. added.All], normalize)
        {
            PreTokenize = PreTokenizers.Read(tokenizer.Find("pre_tokenizer"), folder.Config?.Find("add_prefix_space")?.Flag()),
            Model = model,
            Decoder = Decoders.Read(tokenizer.Find("decoder")),
        };
        return (pipeline, SpecialTokenIds.Read(folder, added.IdOf, pieces: null));
    }

    // Whether a piece still counts as the beginning, after a part of the text has been replaced, is told by offsets that are not kept here.
    private static void RefuseUnknownStart(Setting tokenizer)
    {
        if (tokenizer.Find("normalizer") is { } normalizer && Contains(normalizer, "normalizers", step => step.Need("type").Text() is "Replace" or "Prepend")
            && tokenizer.Find("pre_tokenizer") is { } splitter
            && Contains(splitter, "pretokenizers", step => step.Need("type").Text() == "Metaspace" && Metaspace.Read(step).Prepends == Metaspace.Scheme.First))
        {
            throw splitter.Refused("Metaspace with the prepend_scheme \"first\" after a normalizer with Replace or Prepend is not supported.");
        }
    }

    private static bool Contains(Setting step, string steps, Func<Setting, bool> sought) =>
        step.Need("type").Text() == "Sequence" ? step.Need(steps).Items().Any(inner => Contains(inner, steps, sought)) : sought(step);

    // As transformers converts such a file: spaces become ▁, and the text or every part of it begins with one.
    private static (TokenizerPipeline Pipeline, SpecialTokenIds Special) Make(TokenizerFolder folder, SentencePieceFile file, string path)
    {
        var vocabulary = file.Tokens.Select((token, id) => KeyValuePair.Create(token.Text, id)).ToDictionary(StringComparer.Ordinal);
        var added = new AddedTokens(vocabulary);
        foreach (var (token, id) in file.Tokens.Select((token, id) => (token, id)))
        {
            var special = token.Kind is SentencePieceFile.TokenKind.Control or SentencePieceFile.TokenKind.Unknown;
            if (special || token.Kind == SentencePieceFile.TokenKind.UserDefined)
                added.Add(new AddedToken(token.Text, id, special, Normalized: !special && token.Text.Contains(Metaspace.Usual, StringComparison.Ordinal)), new Setting(default, path, $"pieces[{id}]"));
        }

        AddConfigured(folder, added);
        var legacy = folder.Config?.Flag("legacy", absent: true) ?? true;
        var (everywhere, first) = (file.AddDummyPrefix && legacy, file.AddDummyPrefix && !legacy);
        var space = new Metaspace(Metaspace.Usual, first ? Metaspace.Scheme.First : Metaspace.Scheme.Never, Splits: false);
        var pipeline = new TokenizerPipeline(
            vocabulary, [.. added.All], text => (everywhere && text.Length > 0 ? Metaspace.Usual : "") + text.Replace(" ", Metaspace.Usual, StringComparison.Ordinal))
        {
            PreTokenize = piece => [space.Mark(piece)],
            Model = new BpeModel(
                new Place(path, ""),
                vocabulary,
                file.Merges(vocabulary),
                new BpeSettings(file.Tokens.FindIndex(token => token.Kind == SentencePieceFile.TokenKind.Unknown), FuseUnknown: true, file.ByteFallback, IgnoreMerges: false)),
            Decoder = tokens =>
            {
                string[] spaced = [.. tokens.Select(token => token.Replace(Metaspace.Usual, " ", StringComparison.Ordinal))];
                string[] fused = [string.Concat(Decoders.ByteFallback(spaced))];
                return file.AddDummyPrefix ? Decoders.Strip(' ', start: 1, stop: 0)(fused) : fused;
            },
        };
        return (pipeline, SpecialTokenIds.Read(folder, added.IdOf, file));
    }

    // transformers adds the tokens of tokenizer_config.json again, with the flags that they have there, and the special ones that are nowhere else.
    private static void AddConfigured(TokenizerFolder folder, AddedTokens added)
    {
        var named = folder.AllNamed().ToArray();
        var special = named.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        if (folder.Config?.Find("added_tokens_decoder") is { } listed)
        {
            foreach (var (key, entry) in listed.Members().OrderBy(member => IdOfKey(member.Key, member.Value)))
            {
                var token = AddedToken.Read(entry, IdOfKey(key, entry));
                added.Add(token with { Special = token.Special || special.Contains(token.Content) }, entry);
            }
        }

        foreach (var token in named)
            added.AddSpecial(token);
    }

    private static int IdOfKey(string key, Setting entry) =>
        int.TryParse(key, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id)
            ? id
            : throw entry.Refused($"the key \"{key}\" is no id.");
}
