using static TorchSharp.torch;

namespace Warp;

/// <summary>The types of results.</summary>
internal static class OutputTypes
{
    /// <summary>How the format calls it.</summary>
    internal static string NameOf(ScalarType type) => SafetensorsType.Find(type)!.Name;

    /// <summary>How a <c>config.json</c> calls it.</summary>
    internal static string ConfigNameOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => "float64",
        ScalarType.Float32 => "float32",
        ScalarType.BFloat16 => "bfloat16",
        ScalarType.Float16 => "float16",
        _ => throw WeightKernels.Unsupported(type),
    };
}
