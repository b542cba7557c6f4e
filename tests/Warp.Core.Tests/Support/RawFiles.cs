using System.Buffers.Binary;
using System.Text;

namespace Warp.Tests;

/// <summary>Checkpoint files written by hand.</summary>
internal static class RawFiles
{
    /// <summary>A safetensors file of this header and these data.</summary>
    public static string Write(string path, string header, params byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [.. prefix, .. json, .. data]);
        return path;
    }

    /// <summary>A file of U8 tensors of one dimension.</summary>
    public static string Bytes(string path, params (string Name, byte[] Data)[] tensors) =>
        Typed(path, "U8", [.. tensors.Select(t => (t.Name, new long[] { t.Data.Length }, t.Data))]);

    /// <summary>A file of tensors of one type, in the order given.</summary>
    public static string Typed(string path, string type, params (string Name, long[] Shape, byte[] Data)[] tensors)
    {
        var header = new List<string>();
        var end = 0;
        foreach (var (name, shape, data) in tensors)
        {
            header.Add($$""" "{{name}}":{"dtype":"{{type}}","shape":[{{string.Join(',', shape)}}],"data_offsets":[{{end}},{{end + data.Length}}]}""");
            end += data.Length;
        }

        return Write(path, $"{{{string.Join(',', header)}}}", [.. tensors.SelectMany(t => t.Data)]);
    }

    /// <summary>An index of names and files.</summary>
    public static void Index(string folder, params (string Name, string File)[] map) => File.WriteAllText(
        Path.Combine(folder, "model.safetensors.index.json"),
        """{"metadata":{"total_size":0},"weight_map":{""" + string.Join(',', map.Select(m => $"{Json(m.Name)}:{Json(m.File)}")) + "}}");

    /// <summary>All of a tensor's bytes.</summary>
    public static byte[] ReadAll(this Checkpoint checkpoint, CheckpointTensor tensor)
    {
        var bytes = new byte[tensor.ByteCount];
        checkpoint.Read(tensor, 0, bytes);
        return bytes;
    }

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
