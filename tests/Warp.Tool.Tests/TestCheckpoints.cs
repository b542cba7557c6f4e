using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Warp.Tests;

/// <summary>Small checkpoints, written by hand.</summary>
internal static class TestCheckpoints
{
    /// <summary>A safetensors file of F32 vectors.</summary>
    public static string File(string path, params (string Name, float[] Values)[] tensors)
    {
        var header = new Dictionary<string, object>();
        var end = 0;
        foreach (var (name, values) in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            header[name] = new { dtype = "F32", shape = new[] { values.Length }, data_offsets = new[] { end, end + 4 * values.Length } };
            end += 4 * values.Length;
        }

        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(
            path, [.. length, .. json, .. tensors.OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(t => MemoryMarshal.AsBytes(t.Values.AsSpan()).ToArray())]);
        return path;
    }

    /// <summary>A Hugging Face folder of one file and a config.</summary>
    public static string Folder(string path, params (string Name, float[] Values)[] tensors)
    {
        File(Path.Combine(path, "model.safetensors"), tensors);
        System.IO.File.WriteAllText(Path.Combine(path, "config.json"), """{"model_type":"test","tie_word_embeddings":false}""");
        return path;
    }

    /// <summary>The values of an F32 tensor of a file or folder.</summary>
    public static float[] Read(string path, string tensor)
    {
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal("F32", checkpoint[tensor].TypeName);
        return MemoryMarshal.Cast<byte, float>(Bytes(checkpoint, tensor)).ToArray();
    }

    public static byte[] Bytes(Checkpoint checkpoint, string tensor)
    {
        var bytes = new byte[checkpoint[tensor].ByteCount];
        checkpoint.Read(checkpoint[tensor], 0, bytes);
        return bytes;
    }

    /// <summary>θ_init = 1 everywhere; δ¹ = (3, 0, 0, 0) and δ² = (0, 3, 0, 0) in one block, equal ones in the embedding.</summary>
    public static (string Init, string A, string B) Orthogonal(TestFolder folder, bool folders = false)
    {
        Func<string, (string, float[])[], string> write = folders ? (name, t) => Folder(folder[name], t) : (name, t) => File(folder[$"{name}.safetensors"], t);
        return (
            write("init", [("model.embed_tokens.weight", [1, 1]), ("model.layers.0.w", [1, 1, 1, 1])]),
            write("a", [("model.embed_tokens.weight", [2, 1]), ("model.layers.0.w", [4, 1, 1, 1])]),
            write("b", [("model.embed_tokens.weight", [2, 1]), ("model.layers.0.w", [1, 4, 1, 1])]));
    }
}

/// <summary>A folder that is gone afterwards.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("warp-tool-tests-");

    public string Path => _folder.FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The names of everything in it, hidden files too.</summary>
    public IReadOnlyList<string> Names => [.. _folder.EnumerateFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);
}
