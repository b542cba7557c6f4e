using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>The keys and values of the tokens seen so far, per block, in buffers made once for the whole generation.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <param name="config">The model.</param>
    /// <param name="batch">The number of rows at the start.</param>
    /// <param name="capacity">The greatest number of tokens per row.</param>
    /// <param name="type">The type of the model's weights.</param>
    /// <param name="device">Where the model lies.</param>
    internal KeyValueCache(DecoderConfig config, int batch, int capacity, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope(); // has the first buffers if there is no memory for the last
        Tensor Buffer() => empty([batch, config.KeyValueHeads, capacity, config.HeadSize], type, device);
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => Buffer())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => Buffer())];
        foreach (var buffer in _keys.Concat(_values))
            buffer.DetachFromDisposeScope();
    }

    /// <summary>The number of tokens that every block has.</summary>
    internal int Length { get; private set; }

    /// <summary>Writes the keys and values of new tokens after those of <see cref="Length"/>.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="keys">[batch, key heads, new tokens, head size].</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="count">The number of new tokens.</param>
    /// <returns>Everything so far, [batch, key heads, tokens, head size]; views of the buffers.</returns>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values, int count) =>
        (Append(_keys[layer], keys, count), Append(_values[layer], values, count));

    /// <summary>Counts the new tokens, once all blocks have appended theirs.</summary>
    internal void Advance(int count) => Length += count;

    /// <summary>Keeps only some rows, in place: they move to the front of the same buffers.</summary>
    /// <param name="rows">Their indices in ascending order, int64.</param>
    internal void Keep(Tensor rows)
    {
        var count = rows.shape[0];
        foreach (var buffers in new[] { _keys, _values })
        {
            for (var layer = 0; layer < buffers.Length; layer++)
            {
                using var scope = NewDisposeScope();
                var kept = buffers[layer].narrow(2, 0, Length).index_select(0, rows);
                var front = buffers[layer].narrow(0, 0, count);
                front.narrow(2, 0, Length).copy_(kept);
                buffers[layer].Dispose();
                buffers[layer] = front.DetachFromDisposeScope();
            }
        }
    }

    public void Dispose()
    {
        foreach (var buffer in _keys.Concat(_values))
            buffer.Dispose();
    }

    private Tensor Append(Tensor buffer, Tensor tokens, int count)
    {
        buffer.narrow(2, Length, count).copy_(tokens);
        return buffer.narrow(2, 0, Length + count);
    }
}
