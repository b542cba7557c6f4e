using System.Text;

namespace Warp;

/// <summary>Recognises files that are no safetensors files but often lie where one is expected.</summary>
internal static class ForeignFile
{
    /// <summary>How many bytes tell.</summary>
    internal const int BytesToSee = 4096;

    private const byte PickleProtocol = 0x80;

    /// <summary>What a file is, by its first bytes, and what to do about it; null when nothing is known.</summary>
    internal static string? Describe(ReadOnlySpan<byte> begin)
    {
        if (begin.StartsWith("version https://git-lfs"u8))
            return "is a Git LFS pointer, which only stands for the weights; fetch them with 'git lfs pull'.";
        if (begin.StartsWith("PK"u8) || (begin.Length > 1 && begin[0] == PickleProtocol && begin[1] is >= 2 and <= 5))
            return $"{CheckpointFolder.IsAPickle} {CheckpointFolder.ConvertPickle}";
        if (begin.StartsWith("GGUF"u8))
            return "is a GGUF file; only safetensors are read. Take the model's safetensors files, or convert it.";

        var text = begin.TrimStart("\uFEFF"u8).TrimStart(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
            return "is a web page, not weights: the download has gone wrong, or asks for a login. Download it again.";
        if (!text.StartsWith("{"u8) && !text.StartsWith("["u8))
            return null;
        return Encoding.UTF8.GetString(text).Contains("\"weight_map\"", StringComparison.Ordinal)
            ? "is the index of a checkpoint in shards; give the folder that it is in."
            : "is JSON, not weights; give a .safetensors file or the folder of the model.";
    }
}
