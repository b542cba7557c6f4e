using static TorchSharp.torch;

namespace Warp;

/// <summary>The types of results.</summary>
internal static class OutputTypes
{
    /// <summary>
    /// The type to which a merge is rounded before it is interpolated: its own, as in memory; if the output has another, the wider of both,
    /// so that nothing is lost that the output can hold.
    /// </summary>
    internal static ScalarType Between(ScalarType input, ScalarType? output)
    {
        if (output is not { } type || type == input)
            return input;
        var (mine, theirs) = (WeightKernels.Size(input), WeightKernels.Size(type));
        return mine == theirs ? ScalarType.Float32 : mine > theirs ? input : type;
    }

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
