using static TorchSharp.torch;

namespace Warp;

/// <summary>An element type of the format. One that is not known here is carried through by its name alone.</summary>
/// <param name="Name">As written in the header.</param>
/// <param name="Bits">Bits per element; 0 when the type is not known, so that only the offsets say how many bytes a tensor has.</param>
/// <param name="Rank">Position in the file: the reference writer puts greater ranks first, so that every tensor is aligned to its elements.</param>
/// <param name="Scalar">The type in TorchSharp; null when there is none.</param>
internal sealed record SafetensorsType(string Name, int Bits, int Rank, ScalarType? Scalar)
{
    /// <summary>Longer names are an attempt to make trouble.</summary>
    private const int MaxNameLength = 40;

    private static readonly SafetensorsType[] All =
    [
        new("BOOL", 8, 0, ScalarType.Bool),
        new("F4", 4, 1, null),
        new("F6_E2M3", 6, 2, null),
        new("F6_E3M2", 6, 3, null),
        new("U8", 8, 4, ScalarType.Byte),
        new("I8", 8, 5, ScalarType.Int8),
        new("F8_E5M2", 8, 6, null),
        new("F8_E4M3", 8, 7, null),
        new("F8_E8M0", 8, 8, null),
        new("F8_E4M3FNUZ", 8, 9, null),
        new("F8_E5M2FNUZ", 8, 10, null),
        new("I16", 16, 11, ScalarType.Int16),
        new("U16", 16, 12, null),
        new("F16", 16, 13, ScalarType.Float16),
        new("BF16", 16, 14, ScalarType.BFloat16),
        new("I32", 32, 15, ScalarType.Int32),
        new("U32", 32, 16, null),
        new("F32", 32, 17, ScalarType.Float32),
        new("C64", 64, 18, null),
        new("F64", 64, 19, ScalarType.Float64),
        new("I64", 64, 20, ScalarType.Int64),
        new("U64", 64, 21, null),
    ];

    private static readonly Dictionary<string, SafetensorsType> ByName = All.ToDictionary(t => t.Name, StringComparer.Ordinal);
    private static readonly Dictionary<ScalarType, SafetensorsType> ByScalar = All.Where(t => t.Scalar is not null).ToDictionary(t => t.Scalar!.Value);

    /// <summary>The names of the types that become tensors, for messages.</summary>
    internal static string Known { get; } = string.Join(", ", All.Where(t => t.Scalar is not null).Select(t => t.Name));

    internal bool IsKnown => Bits > 0;

    /// <summary>The type of that name, known or not; null when it is no name for a type: letters, digits and '_', at most 40.</summary>
    internal static SafetensorsType? Find(string name)
    {
        if (ByName.TryGetValue(name, out var known))
            return known;
        var isName = name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return isName ? new(name, Bits: 0, Rank: -1, Scalar: null) : null;
    }

    internal static SafetensorsType? Find(ScalarType type) => ByScalar.GetValueOrDefault(type);
}
