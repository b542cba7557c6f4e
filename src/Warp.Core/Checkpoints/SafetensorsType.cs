using static TorchSharp.torch;

namespace Warp;

/// <summary>An element type of the format.</summary>
/// <param name="Name">As written in the header.</param>
/// <param name="Bytes">Bytes per element.</param>
/// <param name="Rank">Position in the file: the reference writer puts greater ranks first, so that every tensor is aligned to its elements.</param>
/// <param name="Scalar">The type in TorchSharp.</param>
internal sealed record SafetensorsType(string Name, int Bytes, int Rank, ScalarType Scalar)
{
    private static readonly SafetensorsType[] All =
    [
        new("BOOL", 1, 0, ScalarType.Bool),
        new("U8", 1, 1, ScalarType.Byte),
        new("I8", 1, 2, ScalarType.Int8),
        new("I16", 2, 3, ScalarType.Int16),
        new("F16", 2, 4, ScalarType.Float16),
        new("BF16", 2, 5, ScalarType.BFloat16),
        new("I32", 4, 6, ScalarType.Int32),
        new("F32", 4, 7, ScalarType.Float32),
        new("F64", 8, 8, ScalarType.Float64),
        new("I64", 8, 9, ScalarType.Int64),
    ];

    private static readonly Dictionary<string, SafetensorsType> ByName = All.ToDictionary(t => t.Name, StringComparer.Ordinal);
    private static readonly Dictionary<ScalarType, SafetensorsType> ByScalar = All.ToDictionary(t => t.Scalar);

    /// <summary>The names of all types, for messages.</summary>
    internal static string Known { get; } = string.Join(", ", All.Select(t => t.Name));

    internal static SafetensorsType? Find(string name) => ByName.GetValueOrDefault(name);

    internal static SafetensorsType? Find(ScalarType type) => ByScalar.GetValueOrDefault(type);
}
