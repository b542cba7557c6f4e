using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Warp;

/// <summary>A block with a buffer for each input, or for each output. The buffers are used again.</summary>
internal sealed class BlockBuffers(int count, long bytes) : IDisposable
{
    internal AlignedBuffer[] Buffers { get; } = [.. Enumerable.Range(0, count).Select(_ => new AlignedBuffer(bytes))];

    /// <summary>What is in the buffers.</summary>
    internal MergeBlock Block { get; set; } = new([]);

    public void Dispose() => Array.ForEach(Buffers, b => b.Dispose());
}

/// <summary>
/// Reads blocks ahead on one thread and writes behind on another, so that the disk is busy while the caller computes. All buffers are made once;
/// whoever is ahead waits for one.
/// </summary>
internal sealed class BlockPipeline : IDisposable
{
    private readonly MergePlan _plan;
    private readonly MergeInputs _inputs;
    private readonly IReadOnlyList<CheckpointWriter> _writers;
    private readonly SourceHashes? _hashes;
    private readonly ByteProgress _progress;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenSource _stop;
    private readonly List<BlockBuffers> _all = [];
    private readonly BlockingCollection<BlockBuffers> _free = [];
    private readonly BlockingCollection<BlockBuffers> _read = [];
    private readonly BlockingCollection<BlockBuffers> _freeOutputs = [];
    private readonly BlockingCollection<BlockBuffers> _computed = [];
    private readonly Task _reader;
    private readonly Task _writer;

    /// <param name="plan">What is read.</param>
    /// <param name="inputs">From where.</param>
    /// <param name="writers">To where; one for each output.</param>
    /// <param name="hashes">Are shown what is read; null for none.</param>
    /// <param name="progress">Counts bytes.</param>
    /// <param name="cancellationToken">Ends the work of all threads.</param>
    internal BlockPipeline(
        MergePlan plan, MergeInputs inputs, IReadOnlyList<CheckpointWriter> writers, SourceHashes? hashes, ByteProgress progress, CancellationToken cancellationToken)
    {
        (_plan, _inputs, _writers, _hashes, _progress, _cancelled) = (plan, inputs, writers, hashes, progress, cancellationToken);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Fill(_free, plan.Slots, plan.Inputs, plan.Capacity);
        if (writers.Count > 0)
            Fill(_freeOutputs, MergePlan.OutputSlots, writers.Count, plan.Capacity * plan.Ratio);
        _reader = Start(ReadAll);
        _writer = Start(WriteAll);
    }

    /// <summary>The next block, in the order of the plan.</summary>
    internal BlockBuffers Take() => Guarded(() => _read.Take(_stop.Token));

    /// <summary>Gives a block of the inputs back.</summary>
    internal void Release(BlockBuffers block) => _free.Add(block, CancellationToken.None);

    /// <summary>Buffers for the outputs of a block.</summary>
    internal BlockBuffers Rent() => Guarded(() => _freeOutputs.Take(_stop.Token));

    /// <summary>Hands outputs over to be written.</summary>
    internal void Write(BlockBuffers block) => _computed.Add(block, CancellationToken.None);

    /// <summary>Waits until all is written.</summary>
    internal void Finish()
    {
        _computed.CompleteAdding();
        Task.WaitAny([Task.WhenAll(_reader, _writer)], CancellationToken.None);
        Rethrow();
    }

    /// <summary>Ends the threads and frees the buffers.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAny([Task.WhenAll(_reader, _writer)], CancellationToken.None);
        _all.ForEach(b => b.Dispose());
        _free.Dispose();
        _read.Dispose();
        _freeOutputs.Dispose();
        _computed.Dispose();
        _stop.Dispose();
    }

    private void Fill(BlockingCollection<BlockBuffers> slots, int count, int buffers, long bytes)
    {
        for (var i = 0; i < count; i++)
        {
            var block = new BlockBuffers(buffers, bytes);
            _all.Add(block);
            slots.Add(block, CancellationToken.None);
        }
    }

    private Task Start(Action work) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                work();
            }
            catch
            {
                _stop.Cancel();
                throw;
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);

    private void ReadAll()
    {
        foreach (var block in _plan.Reads())
        {
            var slot = _free.Take(_stop.Token);
            slot.Block = block;
            try
            {
                Parallel.For(0, _plan.Inputs, k => Read(block, k, slot.Buffers[k]));
            }
            catch (AggregateException failures)
            {
                ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
            }

            _progress.Add(_plan.Inputs * block.Bytes);
            _read.Add(slot, CancellationToken.None);
        }
    }

    private void Read(MergeBlock block, int k, AlignedBuffer buffer)
    {
        foreach (var piece in block.Pieces)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var bytes = buffer.Span(piece.At, piece.Count * piece.Size);
            _inputs.Checkpoints[k].Read(piece.Input(k), piece.First * piece.Size, bytes);
            if (_hashes is not null)
                _progress.Add(_hashes.Pass(k, piece, bytes, _stop.Token));
        }
    }

    private void WriteAll()
    {
        foreach (var slot in _computed.GetConsumingEnumerable(_stop.Token))
        {
            foreach (var piece in slot.Block.Pieces)
            {
                long size = WeightKernels.Size(_plan.OutputType ?? piece.Type);
                for (var k = 0; k < _writers.Count; k++)
                {
                    _stop.Token.ThrowIfCancellationRequested();
                    _writers[k].Write(piece.Name, piece.First * size, slot.Buffers[k].Span(piece.At * _plan.Ratio, piece.Count * size));
                    _progress.Add(piece.Count * size);
                }
            }

            _freeOutputs.Add(slot, CancellationToken.None);
        }
    }

    private BlockBuffers Guarded(Func<BlockBuffers> take)
    {
        try
        {
            return take();
        }
        catch (OperationCanceledException)
        {
            Task.WaitAny([Task.WhenAll(_reader, _writer)], CancellationToken.None);
            Rethrow();
            throw;
        }
    }

    /// <summary>What has stopped the threads, as it was thrown.</summary>
    private void Rethrow()
    {
        var failures = new[] { _reader, _writer }.SelectMany(t => t.Exception?.Flatten().InnerExceptions ?? Enumerable.Empty<Exception>());
        if (failures.FirstOrDefault(f => f is not OperationCanceledException) is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        _cancelled.ThrowIfCancellationRequested();
    }
}
