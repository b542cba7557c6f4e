using Google.Protobuf;

namespace Warp.Transformers;

/// <summary>What a SentencePiece <c>tokenizer.model</c> says, as far as a tokenizer is chosen by it (fields of sentencepiece_model.proto).</summary>
internal sealed class SentencePieceFile
{
    private const long MaxBytes = 1 << 27;

    private readonly string _file;

    private SentencePieceFile(string file) => _file = file;

    /// <summary>A token of the file.</summary>
    /// <param name="Text">The characters.</param>
    /// <param name="Kind">What it is.</param>
    internal readonly record struct Token(string Text, TokenKind Kind);

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

    /// <summary>The bytes of the file.</summary>
    internal byte[] Content { get; private set; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenizerException">It is malformed, or something of it is not supported.</exception>
    internal static SentencePieceFile Read(string file)
    {
        if (new FileInfo(file).Length is var length && length > MaxBytes)
            throw new TokenizerException($"it has {length} bytes; at most {MaxBytes} are read.", file, setting: null);
        var result = new SentencePieceFile(file) { Content = File.ReadAllBytes(file) };
        try
        {
            result.ReadAll(new CodedInputStream(result.Content));
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
        var (text, kind) = ("", TokenKind.Normal);
        while (input.ReadTag() is > 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (1, WireFormat.WireType.LengthDelimited):
                    text = input.ReadString();
                    break;
                case (3, WireFormat.WireType.Varint):
                    kind = (TokenKind)input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        Tokens.Add(new(text, kind));
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
            if (Tokens[id].Text.Length == 0)
                throw Refused($"pieces[{id}]", "it is empty.");
            if (!ids.TryAdd(Tokens[id].Text, id))
                throw Refused($"pieces[{id}]", $"it is \"{Tokens[id].Text}\", as number {ids[Tokens[id].Text]} is already.");
        }

        if (Tokens.Count(token => token.Kind == TokenKind.Unknown) != 1)
            throw Refused("pieces", $"{Tokens.Count(token => token.Kind == TokenKind.Unknown)} have the type unknown; one is expected.");
        CheckBytes(ids);
    }

    // The library takes the bytes' ids to follow each other, and would make a byte token out of its characters if it could.
    private void CheckBytes(Dictionary<string, int> ids)
    {
        if (!ByteFallback)
            return;
        var first = ids.GetValueOrDefault("<0x00>", -1);
        for (var value = 0; value < 256; value++)
        {
            var text = $"<0x{value:X2}>";
            if (first < 0 || ids.GetValueOrDefault(text, -1) != first + value || Tokens[first + value].Kind != TokenKind.Byte)
                throw Refused("pieces", $"with byte_fallback, the token {text} is expected{(first < 0 ? "" : $" to have the id {first + value}")} and the type byte.");
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (ids.ContainsKey(text[..cut]) && ids.ContainsKey(text[cut..]))
                    throw Refused("pieces", $"the byte token {text} can be put together of \"{text[..cut]}\" and \"{text[cut..]}\", which is not supported.");
            }
        }
    }

    private TokenizerException Refused(string setting, string problem) => new(problem, _file, setting);

    private static CodedInputStream Inner(CodedInputStream input) => input.ReadBytes().CreateCodedInput();
}
