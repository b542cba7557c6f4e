namespace Warp.Transformers;

/// <summary>The ids of start, end and padding.</summary>
/// <param name="Start">What every prompt begins with; null if nothing.</param>
/// <param name="Ends">What ends a completion.</param>
/// <param name="Pad">What fills rows.</param>
internal sealed record SpecialTokenIds(int? Start, IReadOnlyList<int> Ends, int Pad)
{
    // Their tokenizers in transformers put the start token by their own setting, whatever tokenizer.json says.
    private static readonly string[] OwnSetting = ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "CohereTokenizer"];

    /// <summary>Reads them.</summary>
    /// <param name="folder">The files.</param>
    /// <param name="idOf">The ids of tokens by their text.</param>
    /// <param name="pieces">The SentencePiece file, if the tokenizer is that.</param>
    internal static SpecialTokenIds Read(TokenizerFolder folder, Func<string, int?> idOf, SentencePieceFile? pieces)
    {
        var ends = folder.Ids("eos_token_id")
            ?? (Named(folder, idOf, "eos_token") is { } end ? [end] : pieces is { EndId: >= 0 } ? [pieces.EndId] : []);
        var pad = Named(folder, idOf, "pad_token") ?? (folder.Ids("pad_token_id") is [var padding, ..] ? padding : (int?)null) ?? (pieces is { PadId: >= 0 } ? pieces.PadId : null);
        return new(ReadStart(folder, idOf, pieces), [.. ends.Distinct()], pad ?? (ends.Count > 0 ? ends[0] : 0));
    }

    private static int? ReadStart(TokenizerFolder folder, Func<string, int?> idOf, SentencePieceFile? pieces)
    {
        var tokenizerClass = folder.Config?.Find("tokenizer_class")?.Text() ?? "";
        var owns = pieces is not null || OwnSetting.Any(name => tokenizerClass == name || tokenizerClass == $"{name}Fast");
        if (!owns)
            return folder.Tokenizer?.Find("post_processor") is { } processor ? Template(processor) : null;
        if (!(folder.Config?.Flag("add_bos_token", absent: true) ?? true))
            return null;
        return Named(folder, idOf, "bos_token") ?? (pieces is { StartId: >= 0 } ? pieces.StartId : null);
    }

    // What TemplateProcessing puts before a text. What it puts behind one would end a prompt before it is answered.
    private static int? Template(Setting processor)
    {
        var type = processor.Need("type");
        switch (type.Text())
        {
            case "Sequence":
                int[] starts = [.. processor.Need("processors").Items().Select(Template).OfType<int>()];
                return starts.Length <= 1 ? starts.Select(id => (int?)id).SingleOrDefault() : throw type.Refused($"it puts {starts.Length} tokens before a text; one is supported.");
            case "ByteLevel":
                return null;
            case "TemplateProcessing":
                int[] before = [.. processor.Need("single").Items().TakeWhile(part => part.Find("Sequence") is null)
                    .SelectMany(part => Ids(processor, part.Need("SpecialToken").Need("id")))];
                return before.Length <= 1 ? before.Select(id => (int?)id).SingleOrDefault() : throw type.Refused($"it puts {before.Length} tokens before a text; one is supported.");
            default:
                throw type.Refused($"the post-processor {type.Shown()} is not supported; TemplateProcessing, ByteLevel and Sequence are.");
        }
    }

    private static IEnumerable<int> Ids(Setting processor, Setting token) =>
        processor.Need("special_tokens").Need(token.Text()).Need("ids").Items().Select(id => id.Id());

    private static int? Named(TokenizerFolder folder, Func<string, int?> idOf, string key) => folder.Named(key) is { } token ? idOf(token.Content) : null;
}
