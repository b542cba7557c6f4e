using static TorchSharp.torch;

namespace Warp;

/// <summary>Finds the tensors that are one storage under several names.</summary>
internal static class TiedTensors
{
    /// <summary>Joins entries that share their storage, in the order in which they come.</summary>
    internal static NamedTensor[] Group(IEnumerable<KeyValuePair<string, Tensor>> tensors, Func<string, bool> isTrainable)
    {
        var byRange = new Dictionary<StorageRange, (List<string> Names, Tensor Tensor)>();
        var order = new List<StorageRange>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
        {
            if (string.IsNullOrWhiteSpace(name))
                throw new ArgumentException("A tensor has an empty name; give every tensor a name of its own.", nameof(tensors));
            if (!names.Add(name))
                throw new ArgumentException($"The name '{name}' is given twice; give every tensor a name of its own.", nameof(tensors));

            var range = StorageRange.Of(tensor, name);
            if (byRange.TryGetValue(range, out var tied))
            {
                tied.Names.Add(name);
                continue;
            }

            byRange.Add(range, ([name], tensor));
            order.Add(range);
        }

        ThrowIfOverlapping(byRange);
        return [.. order.Select(range =>
        {
            var (tied, tensor) = byRange[range];
            return new NamedTensor(tied[0], [.. tied.Skip(1)], tensor, tied.Exists(n => isTrainable(n)));
        })];
    }

    /// <summary>A trainable tensor that both sets keep in one place, so that training one would move the other; null if there is none.</summary>
    internal static string? SharedTrainable(ParameterSet a, ParameterSet b)
    {
        var places = a.Trainable.Where(t => t.Tensor.numel() > 0).Select(t => StorageRange.Place(t.Tensor)).ToHashSet();
        return b.FirstOrDefault(t => t.Tensor.numel() > 0 && places.Contains(StorageRange.Place(t.Tensor)))?.Name;
    }

    private static void ThrowIfOverlapping(Dictionary<StorageRange, (List<string> Names, Tensor Tensor)> byRange)
    {
        StorageRange? last = null;
        foreach (var range in byRange.Keys.Where(r => r.Bytes > 0).OrderBy(r => r.Start))
        {
            if (last is { } previous && range.Start < previous.Start + previous.Bytes && range.Device == previous.Device)
            {
                throw new ArgumentException(
                    $"'{byRange[previous].Names[0]}' and '{byRange[range].Names[0]}' share a part of one storage without being the same tensor; "
                    + "averaging would move the shared part twice. Clone one of them.");
            }

            last = range;
        }
    }

    /// <summary>Where a tensor's values lie. Two tensors of one range, shape and type are tied.</summary>
    private readonly record struct StorageRange(long Start, long Bytes, ScalarType Type, string Shape, string Device, string OnlyName)
    {
        internal static StorageRange Of(Tensor tensor, string name)
        {
            var shape = string.Join(",", tensor.shape) + "/" + string.Join(",", tensor.stride());
            var count = tensor.numel();
            if (count == 0)
                return new(0, 0, tensor.dtype, shape, "", name);
            // The distance from the first to the last element; tensors with gaps (slices of a fused weight) may interleave, and are
            // rare enough to be refused when they do.
            var span = 1 + tensor.shape.Zip(tensor.stride(), (size, stride) => (size - 1) * stride).Sum();
            return new(
                TensorMemory.AddressOfFirst(tensor),
                span * tensor.ElementSize,
                tensor.dtype,
                shape,
                tensor.device.ToString(),
                "");
        }

        internal static (long Address, string Device) Place(Tensor tensor) => (TensorMemory.AddressOfFirst(tensor), tensor.device.ToString());
    }
}
