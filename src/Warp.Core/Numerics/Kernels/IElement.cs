using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>How weights of one type are read as float64, eight at a time, and written back, rounded once to the nearest (ties to even).</summary>
/// <remarks>
/// Eight lanes are the fixed grain of all kernels, whatever the machine's vectors hold: <see cref="Vector512{T}"/> becomes two or four
/// narrower vectors where it must, and no operation is fused unless it is written so, or reordered: results are the same bits everywhere.
/// </remarks>
internal unsafe interface IElement
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int Size { get; }

    /// <summary>Reads eight weights; nothing is rounded.</summary>
    static abstract Vector512<double> Load(byte* from);

    /// <summary>Writes eight weights.</summary>
    static abstract void Store(Vector512<double> values, byte* to);
}
