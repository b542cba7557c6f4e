using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>One call of Generate: the rows that are still being written, and what the model remembers of them.</summary>
internal sealed class Generation : IDisposable
{
    // Moving the cache costs about as much as a token; it is worth it once an eighth of the rows has ended.
    private const int CompactFraction = 8;

    private readonly Decoder _decoder;
    private readonly ITokenizer _tokenizer;
    private readonly double _temperature;
    private readonly int _maxNewTokens;
    private readonly HashSet<int> _ends;
    private readonly Row[] _all;
    private readonly List<Row> _rows; // those in the batch
    private readonly int _promptLength;
    private readonly KeyValueCache _cache;
    private readonly LogitHead _head;
    private Tensor? _mask;

    internal Generation(Decoder decoder, ITokenizer tokenizer, IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random)
    {
        (_decoder, _tokenizer, _temperature, _maxNewTokens) = (decoder, tokenizer, sampling.Temperature, sampling.MaxNewTokens);
        _ends = [.. tokenizer.EndTokenIds];
        // Drawn even when greedy, so that what follows on the stream does not depend on the temperature.
        var streams = new RandomStream(random.NextUInt64());
        _all = [.. prompts.Select((prompt, i) => new Row(prompt.TokenIds, streams.Fork((ulong)i)))];
        _rows = [.. _all];
        _promptLength = prompts.Max(p => p.TokenIds.Count);
        _head = decoder.Head(); // belongs to the caller's dispose scope if there is no memory for the cache
        _cache = new KeyValueCache(decoder.Config, prompts.Count, _promptLength + _maxNewTokens - 1, decoder.Type, decoder.Device);
    }

    /// <summary>Whether rows differ in length, so that padding stands before the shorter ones.</summary>
    private bool IsPadded => _mask is not null;

    internal IReadOnlyList<Completion> Run(CancellationToken cancellationToken)
    {
        int[]? last = null;
        for (var count = 0; count < _maxNewTokens; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var token = NewDisposeScope();
            if (last is not null)
                last = RemoveEnded(last);
            var logits = last is null ? ReadPrompts() : ReadTokens(last);
            last = _temperature == 0 ? TokenSampler.Greedy(logits) : TokenSampler.Sample(logits, _temperature, Uniforms());
            for (var i = 0; i < _rows.Count; i++)
                _rows[i].Add(last[i], _ends);
            if (_rows.TrueForAll(row => row.HasEnded))
                break;
        }

        return [.. _all.Select(Complete)];
    }

    public void Dispose()
    {
        _cache.Dispose();
        _mask?.Dispose();
        _head.Dispose();
    }

    private Tensor ReadPrompts()
    {
        var (rows, length) = (_rows.Count, _promptLength);
        var ids = new long[rows * length]; // padding is 0: nobody sees it
        for (var row = 0; row < rows; row++)
        {
            for (var t = 0; t < _rows[row].Prompt.Count; t++)
                ids[(row * length) + length - _rows[row].Prompt.Count + t] = _rows[row].Prompt[t];
        }

        var input = tensor(ids, [rows, length], ScalarType.Int64, _decoder.Device);
        if (_rows.TrueForAll(row => row.Prompt.Count == length))
            return Logits(_decoder.Hidden(input, cache: _cache));

        var padding = tensor(_rows.Select(row => (long)length - row.Prompt.Count).ToArray(), [rows, 1], ScalarType.Int64, _decoder.Device);
        var slots = HeldScalars.Range(0, length + _maxNewTokens - 1, ScalarType.Int64, _decoder.Device);
        var padded = slots.lt(padding); // [rows, slots]
        _mask = Additive(padded.view(rows, 1, 1, -1)).DetachFromDisposeScope();

        // A token of padding looks at itself, for a softmax over nothing is not a number and would spread through the values.
        var fed = slots.narrow(0, 0, length);
        var later = fed.unsqueeze(0).gt(fed.unsqueeze(1)); // [query, key]
        var self = fed.unsqueeze(0).eq(fed.unsqueeze(1));
        var hidden = padded.narrow(1, 0, length).view(rows, 1, 1, length).logical_or(later).logical_and(self.logical_not());
        var positions = fed.unsqueeze(0).sub(padding).clamp_min_(HeldScalars.Zero);
        return Logits(_decoder.Hidden(input, positions, length, Additive(hidden), _cache));
    }

    private Tensor ReadTokens(int[] last)
    {
        var input = tensor(Array.ConvertAll(last, id => (long)id), [last.Length, 1], ScalarType.Int64, _decoder.Device);
        if (!IsPadded)
            return Logits(_decoder.Hidden(input, cache: _cache));
        var generated = _cache.Length - _promptLength;
        var positions = tensor(_rows.Select(row => (long)row.Prompt.Count + generated).ToArray(), [last.Length, 1], ScalarType.Int64, _decoder.Device);
        return Logits(_decoder.Hidden(input, positions, _cache.Length + 1, _mask!.narrow(3, 0, _cache.Length + 1), _cache));
    }

    private Tensor Logits(Tensor hidden) => _head.Apply(_decoder.Normalize(hidden.select(1, hidden.shape[1] - 1)));

    private Tensor Additive(Tensor hidden) =>
        zeros(hidden.shape, _decoder.Type, _decoder.Device).masked_fill_(hidden, HeldScalars.MinusInfinity);

    private double[] Uniforms() => [.. _rows.Select(row => row.HasEnded ? 0 : row.Random.NextDouble())];

    /// <summary>Takes rows that have ended out of the batch, once there are enough of them.</summary>
    private int[] RemoveEnded(int[] last)
    {
        var kept = Enumerable.Range(0, _rows.Count).Where(i => !_rows[i].HasEnded).ToArray();
        if ((_rows.Count - kept.Length) * CompactFraction < _rows.Count)
            return last;

        var indices = tensor(Array.ConvertAll(kept, i => (long)i), ScalarType.Int64, _decoder.Device);
        _cache.Keep(indices);
        if (_mask is { } mask)
        {
            _mask = mask.index_select(0, indices).DetachFromDisposeScope();
            mask.Dispose();
        }

        _rows.RemoveAll(row => row.HasEnded);
        return [.. kept.Select(i => last[i])];
    }

    private Completion Complete(Row row) => new(
        _tokenizer.Decode(row.HasEnded ? [.. row.Tokens.Take(row.Tokens.Count - 1)] : row.Tokens), row.Tokens, isTruncated: !row.HasEnded);

    private sealed class Row(IReadOnlyList<int> prompt, RandomStream random)
    {
        internal IReadOnlyList<int> Prompt { get; } = prompt;

        internal RandomStream Random { get; } = random;

        internal List<int> Tokens { get; } = [];

        internal bool HasEnded { get; private set; }

        internal void Add(int token, HashSet<int> ends)
        {
            if (HasEnded)
                return;
            Tokens.Add(token);
            HasEnded = ends.Contains(token);
        }
    }
}
