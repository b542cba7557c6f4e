namespace Warp;

/// <summary>Writes batches one after the other on a thread of its own, so that a step waits for nothing but the copy that it hands over.</summary>
internal sealed class StoreWriter(Action<StoreBatch> write)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<StoreBatch> _pending = new();
    private Task _worker = Task.CompletedTask;
    private bool _working;
    private Exception? _failure;

    /// <summary>Takes a batch over. One of the same key that still waits is dropped in its favour.</summary>
    /// <exception cref="CheckpointStoreException">An earlier batch could not be written.</exception>
    internal void Enqueue(StoreBatch batch)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                batch.Dispose();
                throw Failed(_failure);
            }

            if (batch.Key is not null && _pending.FirstOrDefault(b => b.Key == batch.Key) is { } superseded)
            {
                _pending.Remove(superseded);
                superseded.Dispose();
            }

            _pending.AddLast(batch);
            if (_working)
                return;
            _working = true;
            using var belongsToNobody = ExecutionContext.SuppressFlow(); // It will write the batches of others too.
            _worker = Task.Factory.StartNew(Drain, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
    }

    /// <summary>Waits until everything is on disk.</summary>
    /// <exception cref="CheckpointStoreException">Something could not be written.</exception>
    internal async Task FlushAsync()
    {
        Task worker;
        lock (_gate)
            worker = _worker;
        await worker.ConfigureAwait(false);
        lock (_gate)
        {
            if (_failure is not null)
                throw Failed(_failure);
        }
    }

    private void Drain()
    {
        while (true)
        {
            StoreBatch batch;
            lock (_gate)
            {
                if (_pending.First is not { } first)
                {
                    _working = false;
                    return;
                }

                batch = first.Value;
                _pending.RemoveFirst();
            }

            try
            {
                using (batch)
                    write(batch);
            }
            catch (Exception failure)
            {
                lock (_gate)
                {
                    _failure = failure;
                    foreach (var waiting in _pending)
                        waiting.Dispose();
                    _pending.Clear();
                    _working = false;
                    return;
                }
            }
        }
    }

    private static CheckpointStoreException Failed(Exception failure) => failure as CheckpointStoreException is { } known
        ? new CheckpointStoreException(known.Message, known.InnerException ?? known)
        : new CheckpointStoreException($"A checkpoint could not be written: {Sentence.Of(failure.Message)}", failure);
}
