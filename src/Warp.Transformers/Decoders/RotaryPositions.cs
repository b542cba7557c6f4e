using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// Rotary positions (Su et al.: "RoFormer", arXiv 2104.09864) in the half-split order of Hugging Face: of the rotated entries of a head, entry
/// i turns with entry i + size/2 by the angle position · θ^(−2i/size), or that of <see cref="RopeScaling"/>.
/// </summary>
/// <remarks>The table of cosines and sines is made once and grows by doubling. Not part of the model's weights.</remarks>
internal sealed class RotaryPositions(DecoderConfig config) : IDisposable
{
    private const int FirstLength = 256;

    private readonly int _size = config.RotarySize;
    private int _length;
    private (ScalarType, DeviceType, int) _made;
    private Tensor? _cosines;
    private Tensor? _sines;

    /// <summary>The factors of consecutive positions.</summary>
    /// <returns>Two tensors of shape [length, 1, rotated entries]; views of the table.</returns>
    internal Rotation Range(int start, int length, ScalarType type, Device device)
    {
        var (cosines, sines) = Table(start + length, type, device);
        return new(cosines.narrow(0, start, length), sines.narrow(0, start, length));
    }

    /// <summary>The factors of the given positions.</summary>
    /// <param name="positions">[batch, length], int64.</param>
    /// <param name="limit">One more than the greatest of them.</param>
    /// <param name="type">The type of the factors.</param>
    /// <returns>Two tensors of shape [batch, length, 1, rotated entries].</returns>
    internal Rotation At(Tensor positions, int limit, ScalarType type)
    {
        var (cosines, sines) = Table(limit, type, positions.device);
        var (batch, length, flat) = (positions.shape[0], positions.shape[1], positions.view(-1));
        return new(
            cosines.index_select(0, flat).view(batch, length, 1, _size),
            sines.index_select(0, flat).view(batch, length, 1, _size));
    }

    public void Dispose()
    {
        _cosines?.Dispose();
        _sines?.Dispose();
    }

    private (Tensor Cosines, Tensor Sines) Table(int length, ScalarType type, Device device)
    {
        // Devices are compared by their parts: TorchSharp makes a new object for every question, and has no equality for them.
        var asked = (type, device.type, device.index);
        if (_cosines is not null && _sines is not null && length <= _length && _made == asked)
            return (_cosines, _sines);

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var rows = Math.Min(config.MaxPositions, Math.Max(length, Math.Max(FirstLength, 2 * _length)));
        // In float32 like the reference implementation: at position 100 000 its rounding is part of what models were trained with.
        var wide = type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var frequencies = RotaryFrequencies.Of(config, wide).to(device);
        var angles = HeldScalars.Range(0, rows, wide, device).unsqueeze(1).mul(frequencies);
        var sine = angles.sin();
        var cosines = cat([angles.cos(), angles.cos()], -1).unsqueeze(1).to(type);
        var sines = cat([sine.neg(), sine], -1).unsqueeze(1).to(type);
        // Only now, when nothing can fail any more.
        Dispose();
        (_made, _length) = (asked, rows);
        (_cosines, _sines) = (cosines.DetachFromDisposeScope(), sines.DetachFromDisposeScope());
        return (_cosines, _sines);
    }
}
