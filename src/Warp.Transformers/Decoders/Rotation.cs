using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>The rotary factors of the positions of one pass.</summary>
/// <param name="Cosines">[…, length, 1, rotated entries].</param>
/// <param name="Sines">The same, with the minus sign of the first half in it.</param>
internal readonly record struct Rotation(Tensor Cosines, Tensor Sines)
{
    /// <summary>Turns the first entries of every head by the angles of its position; the others stay.</summary>
    /// <param name="heads">[batch, length, heads, head size].</param>
    internal Tensor Turn(Tensor heads)
    {
        var (size, rotated) = (heads.shape[3], Cosines.shape[^1]);
        return size == rotated
            ? Whole(heads)
            : cat([Whole(heads.narrow(3, 0, rotated)), heads.narrow(3, rotated, size - rotated)], -1);
    }

    // The minus sign of the first half lies in the table, so that the partner of every entry is a plain rotation of the row.
    private Tensor Whole(Tensor heads) => heads.mul(Cosines).add_(heads.roll(Cosines.shape[^1] / 2, -1).mul(Sines), HeldScalars.One);
}
