using Google.Protobuf;

namespace Warp.Transformers;

/// <summary>What a SentencePiece <c>tokenizer.model</c> says, as far as a tokenizer is chosen by it (fields of sentencepiece_model.proto).</summary>
internal sealed class SentencePieceFile
{
    private const long MaxBytes = 1 << 27;
    private const int LongestToken = 1024;

    private readonly string _file;

    private SentencePieceFile(string file) => _file = file;

    /// <summary>A token of the file.</summary>
    /// <param name="Text">The characters.</param>
    /// <param name="Score">The higher, the earlier it is put together.</param>
    /// <param name="Kind">What it is.</param>
    internal readonly record struct Token(string Text, float Score, TokenKind Kind);

    /// <summary>The kinds of tokens, with the numbers of the file.</summary>
    internal enum TokenKind
    {
        /// <summary>A piece of text.</summary>
        Normal = 1,

        /// <summary>Stands for what no other token does.</summary>
        Unknown = 2,

        /// <summary>Without text, such as the start token.</summary>
        Control = 3,

        /// <summary>Found as a whole before any other.</summary>
        UserDefined = 4,

        /// <summary>Not used.</summary>
        Unused = 5,

        /// <summary>A byte.</summary>
        Byte = 6,
    }

    /// <summary>The tokens; the id is the index.</summary>
    internal List<Token> Tokens { get; } = [];

    /// <summary>Whether unknown characters are written as bytes.</summary>
    internal bool ByteFallback { get; private set; }

    /// <summary>Whether a space is put before the text.</summary>
    internal bool AddDummyPrefix { get; private set; } = true;

    /// <summary>The start token's id; negative if there is none.</summary>
    internal int StartId { get; private set; } = 1;

    /// <summary>The end token's id; negative if there is none.</summary>
    internal int EndId { get; private set; } = 2;

    /// <summary>The padding's id; negative if there is none.</summary>
    internal int PadId { get; private set; } = -1;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenizerException">It is malformed, or something of it is not supported.</exception>
    internal static SentencePieceFile Read(string file)
    {
        if (new FileInfo(file).Length is var length && length > MaxBytes)
            throw new TokenizerException($"it has {length} bytes; at most {MaxBytes} are read.", file, setting: null);
        var result = new SentencePieceFile(file);
        try
        {
            result.ReadAll(new CodedInputStream(File.ReadAllBytes(file)));
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new TokenizerException($"it is no SentencePiece model: {failure.Message}", file, setting: null, failure);
        }

        result.Check();
        return result;
    }

    private int _modelType = 1;
    private bool _whitespaceAsSuffix;
    private bool _removesExtraWhitespace = true;
    private bool _escapesWhitespace = true;
    private string _normalization = "";
    private bool _hasCharacterMap;

    private void ReadAll(CodedInputStream input)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (1, WireFormat.WireType.LengthDelimited):
                    ReadToken(Inner(input));
                    break;
                case (2, WireFormat.WireType.LengthDelimited):
                    ReadTrainer(Inner(input));
                    break;
                case (3, WireFormat.WireType.LengthDelimited):
                    ReadNormalizer(Inner(input));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void ReadToken(CodedInputStream input)
    {
        var (text, score, kind) = ("", 0f, TokenKind.Normal);
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (1, WireFormat.WireType.LengthDelimited):
                    text = input.ReadString();
                    break;
                case (2, WireFormat.WireType.Fixed32):
                    score = input.ReadFloat();
                    break;
                case (3, WireFormat.WireType.Varint):
                    kind = (TokenKind)input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        Tokens.Add(new(text, score, kind));
    }

    private void ReadTrainer(CodedInputStream input)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (3, WireFormat.WireType.Varint):
                    _modelType = input.ReadInt32();
                    break;
                case (24, WireFormat.WireType.Varint):
                    _whitespaceAsSuffix = input.ReadBool();
                    break;
                case (35, WireFormat.WireType.Varint):
                    ByteFallback = input.ReadBool();
                    break;
                case (41, WireFormat.WireType.Varint):
                    StartId = input.ReadInt32();
                    break;
                case (42, WireFormat.WireType.Varint):
                    EndId = input.ReadInt32();
                    break;
                case (43, WireFormat.WireType.Varint):
                    PadId = input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void ReadNormalizer(CodedInputStream input)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (1, WireFormat.WireType.LengthDelimited):
                    _normalization = input.ReadString();
                    break;
                case (2, WireFormat.WireType.LengthDelimited):
                    _hasCharacterMap = input.ReadBytes().Length > 0;
                    break;
                case (3, WireFormat.WireType.Varint):
                    AddDummyPrefix = input.ReadBool();
                    break;
                case (4, WireFormat.WireType.Varint):
                    _removesExtraWhitespace = input.ReadBool();
                    break;
                case (5, WireFormat.WireType.Varint):
                    _escapesWhitespace = input.ReadBool();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private void Check()
    {
        if (Tokens.Count == 0)
            throw Refused("pieces", "there are none.");
        if (_modelType != 2)
        {
            var name = _modelType switch { 1 => "unigram", 3 => "word", 4 => "char", _ => $"number {_modelType}" };
            throw Refused("trainer_spec.model_type", $"the model type {name} is not supported; BPE is.");
        }

        if (_hasCharacterMap)
            throw Refused("normalizer_spec.precompiled_charsmap", $"the normalisation \"{_normalization}\" is not supported; only \"identity\" is. A tokenizer.json beside it may do.");
        if (_removesExtraWhitespace)
            throw Refused("normalizer_spec.remove_extra_whitespaces", "it is true, which is not supported; false is.");
        if (!_escapesWhitespace)
            throw Refused("normalizer_spec.escape_whitespaces", "it is false, which is not supported; true is.");
        if (_whitespaceAsSuffix)
            throw Refused("trainer_spec.treat_whitespace_as_suffix", "it is true, which is not supported; false is.");

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < Tokens.Count; id++)
        {
            if (!Enum.IsDefined(Tokens[id].Kind))
                throw Refused($"pieces[{id}].type", $"the type {(int)Tokens[id].Kind} is not supported.");
            if (Tokens[id].Kind == TokenKind.Unused)
                throw Refused($"pieces[{id}].type", "the type unused is not supported.");
            if (Tokens[id].Text.Length is 0 or > LongestToken)
                throw Refused($"pieces[{id}]", $"it has {Tokens[id].Text.Length} characters; from 1 to {LongestToken} are supported.");
            if (Tokens[id].Text.Contains(BpeModel.Space))
                throw Refused($"pieces[{id}]", "it has the character U+FFFE, which is not supported.");
            if (float.IsNaN(Tokens[id].Score))
                throw Refused($"pieces[{id}].score", "it is not a number.");
            if (!ids.TryAdd(Tokens[id].Text, id))
                throw Refused($"pieces[{id}]", $"it is \"{Tokens[id].Text}\", as number {ids[Tokens[id].Text]} is already.");
        }

        if (Tokens.Count(token => token.Kind == TokenKind.Unknown) != 1)
            throw Refused("pieces", $"{Tokens.Count(token => token.Kind == TokenKind.Unknown)} have the type unknown; one is expected.");
    }

    /// <summary>
    /// The merges that transformers makes of it: every token of every two that it can be put together of; those of higher scores first, then those
    /// with the longer left part, then in the order of the file.
    /// </summary>
    internal IEnumerable<(string Left, string Right)> Merges(IReadOnlyDictionary<string, int> vocabulary) => Tokens
        .SelectMany(token => Enumerable.Range(1, token.Text.Length - 1)
            .Where(cut => vocabulary.ContainsKey(token.Text[..cut]) && vocabulary.ContainsKey(token.Text[cut..]))
            .Select(cut => (Left: token.Text[..cut], Right: token.Text[cut..], token.Score)))
        .OrderByDescending(merge => merge.Score)
        .ThenByDescending(merge => Length(merge.Left))
        .ThenByDescending(merge => Length(merge.Right))
        .Select(merge => (merge.Left, merge.Right));

    // As Python counts.
    private static int Length(string text) => text.EnumerateRunes().Count();

    private TokenizerException Refused(string setting, string problem) => new(problem, _file, setting);

    private static CodedInputStream Inner(CodedInputStream input) => input.ReadBytes().CreateCodedInput();
}
