namespace Warp;

/// <summary>Looks for the tensor that is not finite, once it is known that one is not.</summary>
internal static class FiniteScan
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Names the first tensor of a group that is not finite, in the given inputs.</summary>
    internal static string Describe(TensorGroup group, MergeInputs inputs, IEnumerable<int> candidates)
    {
        var buffer = new byte[BufferBytes];
        foreach (var k in candidates)
        {
            foreach (var row in group.Rows)
            {
                var tensor = k == 0 ? row.Tensor : row.Others[k - 1]!;
                if (!IsFinite(inputs.Checkpoints[k], tensor, buffer))
                    return $"'{tensor.Name}' of {inputs.Labels[k]} (file '{tensor.Reader!.FilePath}')";
            }
        }

        return $"the difference of {string.Join(" and ", candidates.Order().Select(k => inputs.Labels[k]))} in '{group.Name}'";
    }

    private static bool IsFinite(Checkpoint checkpoint, CheckpointTensor tensor, byte[] buffer)
    {
        for (long at = 0; at < tensor.ByteCount; at += buffer.Length)
        {
            var block = buffer.AsSpan(0, (int)Math.Min(buffer.Length, tensor.ByteCount - at));
            checkpoint.Read(tensor, at, block);
            if (OutputRange.CountNonFinite(tensor.ScalarType!.Value, block) > 0)
                return false;
        }

        return true;
    }
}
