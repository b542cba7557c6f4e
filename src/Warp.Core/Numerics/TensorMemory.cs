using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Warp;

/// <summary>Where a tensor's values lie.</summary>
internal static class TensorMemory
{
    /// <summary>The address of the first value, on the tensor's device; 0 for an empty tensor. It holds while the tensor lives.</summary>
    /// <remarks>
    /// Storage&lt;T&gt; of another element type than the tensor's is a converted copy, whose address says nothing; a view's bytes do not move. They
    /// are not read here, so the address may be a device's.
    /// </remarks>
    internal static unsafe nint AddressOfFirst(Tensor tensor)
    {
        if (tensor.numel() == 0)
            return 0;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var first = tensor.detach().as_strided([1], [1], tensor.storage_offset());
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>Whether the kernels can work on the tensor: values of a type they know, in main memory, one after the other.</summary>
    internal static bool IsDense(Tensor tensor) =>
        WeightKernels.Supports(tensor.dtype) && tensor.device_type == TorchSharp.DeviceType.CPU && !tensor.is_sparse && tensor.is_contiguous();
}
