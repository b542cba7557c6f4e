using System.Runtime.InteropServices;

namespace Warp.Benchmarks;

/// <summary>A float32 checkpoint with the tensors of a Llama-like model of width 2048, as many blocks of them as fill a given size.</summary>
internal static class RandomCheckpoint
{
    private const int BlockFloats = 1 << 20;
    private const long Vocabulary = 32000;
    private const long Width = 2048;
    private const long FeedForward = 5632;
    private const long KeyValue = 256;

    internal static void Write(string path, long bytes, ulong seed)
    {
        List<CheckpointTensor> tensors = [F32("model.embed_tokens.weight", [Vocabulary, Width]), F32("model.norm.weight", [Width])];
        for (var layer = 0; tensors.Sum(t => t.ByteCount) < bytes; layer++)
            tensors.AddRange(Layer(layer));
        using var writer = CheckpointWriter.CreateFile(path, tensors);
        var random = new RandomStream(seed);
        var block = new float[BlockFloats];
        for (var i = 0; i < block.Length; i++)
            block[i] = (float)(0.04 * random.NextDouble() - 0.02);
        foreach (var tensor in tensors)
        {
            for (long at = 0; at < tensor.ByteCount;)
            {
                // Other numbers in each block, so that nothing along the way can take two for one.
                block[random.NextInt32(BlockFloats)] += 1e-3f;
                var piece = MemoryMarshal.AsBytes(block.AsSpan());
                piece = piece[..(int)Math.Min(piece.Length, tensor.ByteCount - at)];
                writer.Write(tensor.Name, at, piece);
                at += piece.Length;
            }
        }

        writer.Complete();
    }

    private static IEnumerable<CheckpointTensor> Layer(int layer)
    {
        CheckpointTensor Of(string name, params long[] shape) => F32($"model.layers.{layer}.{name}.weight", shape);
        return
        [
            Of("input_layernorm", Width), Of("post_attention_layernorm", Width),
            Of("self_attn.q_proj", Width, Width), Of("self_attn.k_proj", KeyValue, Width), Of("self_attn.v_proj", KeyValue, Width), Of("self_attn.o_proj", Width, Width),
            Of("mlp.gate_proj", FeedForward, Width), Of("mlp.up_proj", FeedForward, Width), Of("mlp.down_proj", Width, FeedForward),
        ];
    }

    private static CheckpointTensor F32(string name, long[] shape) => new(name, "F32", shape);
}
