using System.Buffers.Binary;
using System.Text;

namespace Warp.Tests;

/// <summary>Writes a SentencePiece model, byte for byte as protocol buffers lay it out.</summary>
internal sealed class SentencePieceWriter
{
    public const int Normal = 1;
    public const int Unknown = 2;
    public const int Control = 3;
    public const int UserDefined = 4;
    public const int Byte = 6;

    private readonly List<byte> _pieces = [];

    public int ModelType { get; init; } = 2;

    public bool ByteFallback { get; init; }

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespaces { get; init; }

    public bool EscapeWhitespaces { get; init; } = true;

    public bool TreatWhitespaceAsSuffix { get; init; }

    public byte[] CharacterMap { get; init; } = [];

    public SentencePieceWriter Piece(string text, float score = 0, int type = Normal)
    {
        var piece = new List<byte>();
        Bytes(piece, 1, Encoding.UTF8.GetBytes(text));
        piece.Add((2 << 3) | 5);
        var four = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(four, score);
        piece.AddRange(four);
        Number(piece, 3, type);
        Bytes(_pieces, 1, [.. piece]);
        return this;
    }

    public byte[] ToArray()
    {
        var trainer = new List<byte>();
        Number(trainer, 3, ModelType);
        Number(trainer, 24, TreatWhitespaceAsSuffix ? 1 : 0);
        Number(trainer, 35, ByteFallback ? 1 : 0);
        Number(trainer, 40, 0);
        Number(trainer, 41, 1);
        Number(trainer, 42, 2);
        var normalizer = new List<byte>();
        Bytes(normalizer, 1, Encoding.UTF8.GetBytes(CharacterMap.Length > 0 ? "nmt_nfkc" : "identity"));
        Bytes(normalizer, 2, CharacterMap);
        Number(normalizer, 3, AddDummyPrefix ? 1 : 0);
        Number(normalizer, 4, RemoveExtraWhitespaces ? 1 : 0);
        Number(normalizer, 5, EscapeWhitespaces ? 1 : 0);
        var model = new List<byte>(_pieces);
        Bytes(model, 2, [.. trainer]);
        Bytes(model, 3, [.. normalizer]);
        return [.. model];
    }

    private static void Number(List<byte> output, int field, int value)
    {
        Varint(output, (uint)(field << 3));
        Varint(output, (uint)value);
    }

    private static void Bytes(List<byte> output, int field, byte[] content)
    {
        Varint(output, (uint)((field << 3) | 2));
        Varint(output, (uint)content.Length);
        output.AddRange(content);
    }

    private static void Varint(List<byte> output, uint value)
    {
        for (; value > 0x7F; value >>= 7)
            output.Add((byte)(value | 0x80));
        output.Add((byte)value);
    }
}
