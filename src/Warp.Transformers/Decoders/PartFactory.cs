using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Makes the parts of one decoder.</summary>
internal sealed class PartFactory(DecoderConfig config, Architecture architecture, ScalarType type, Device device)
{
    internal DecoderConfig Config => config;

    internal Architecture Architecture => architecture;

    internal ScalarType Type => type;

    internal Device Device => device;

    internal RotaryPositions? Rotary { get; } = architecture.Names.Positions is null ? new RotaryPositions(config) : null;

    /// <summary>A linear map, stored in the architecture's way.</summary>
    internal Projection Projection(long outputs, long inputs, bool bias) => new(outputs, inputs, type, device, bias, architecture.StoresTransposed);

    /// <summary>A table of <paramref name="rows"/> vectors of the residual stream.</summary>
    internal Projection Table(long rows) => new(rows, config.HiddenSize, type, device);
}
