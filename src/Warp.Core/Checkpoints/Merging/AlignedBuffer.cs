using System.Runtime.InteropServices;

namespace Warp;

/// <summary>Native memory that is used again and again, aligned for the kernels.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    /// <summary>Bytes to which pieces in a buffer are aligned: a cache line and the widest vector.</summary>
    internal const int Alignment = 64;

    private void* _memory;

    internal AlignedBuffer(long bytes)
    {
        Bytes = bytes;
        _memory = NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, bytes)), Alignment);
        GC.AddMemoryPressure(Math.Max(1, bytes));
    }

    internal long Bytes { get; }

    internal nint Address => (nint)_memory;

    internal Span<byte> Span(long at, long count)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(at);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Bytes - at);
        return new((byte*)_memory + at, checked((int)count));
    }

    public void Dispose()
    {
        if (_memory is null)
            return;
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.RemoveMemoryPressure(Math.Max(1, Bytes));
    }
}
