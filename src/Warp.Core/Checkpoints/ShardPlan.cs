using System.Globalization;
using System.Text.RegularExpressions;

namespace Warp;

/// <summary>Divides tensors into files as Hugging Face does.</summary>
internal static partial class ShardPlan
{
    /// <summary>
    /// Fills shards in the order given and begins a new one when the next tensor does not fit. A tensor larger than a shard has one to
    /// itself. One shard is called <c>model.safetensors</c>; several <c>model-00001-of-0000N.safetensors</c>.
    /// </summary>
    internal static IReadOnlyList<(string File, IReadOnlyList<CheckpointTensor> Tensors)> Divide(IEnumerable<CheckpointTensor> tensors, long maxBytes)
    {
        var shards = new List<List<CheckpointTensor>>();
        var current = new List<CheckpointTensor>();
        var bytes = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.ByteCount > maxBytes)
            {
                shards.Add([tensor]);
                continue;
            }

            if (tensor.ByteCount > maxBytes - bytes)
            {
                shards.Add(current);
                (current, bytes) = ([], 0);
            }

            current.Add(tensor);
            bytes += tensor.ByteCount;
        }

        if (current.Count > 0 || shards.Count == 0)
            shards.Add(current);
        return [.. shards.Select((shard, i) => (Name(i, shards.Count), (IReadOnlyList<CheckpointTensor>)shard))];
    }

    /// <summary>Whether a file name is that of a shard, of this checkpoint or of another in the same folder.</summary>
    internal static bool IsShard(string file) => ShardName().IsMatch(file);

    private static string Name(int index, int count) => count == 1
        ? CheckpointFolder.SingleFile
        : string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:D5}-of-{count:D5}.safetensors");

    [GeneratedRegex(@"^model-[0-9]{5,}-of-[0-9]{5,}\.safetensors\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ShardName();
}
