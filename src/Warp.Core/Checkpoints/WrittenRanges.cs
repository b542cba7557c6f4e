namespace Warp;

/// <summary>Which bytes of a tensor have been written. Threads may add at the same time.</summary>
internal sealed class WrittenRanges
{
    private readonly Lock _lock = new();
    private readonly SortedList<long, long> _endByBegin = [];

    /// <summary>Adds a range unless some of it has been written before.</summary>
    internal bool TryAdd(long begin, long end)
    {
        if (begin == end)
            return true;
        lock (_lock)
        {
            var after = FirstAtOrAfter(begin);
            if (after < _endByBegin.Count && _endByBegin.GetKeyAtIndex(after) < end)
                return false;
            if (after > 0 && _endByBegin.GetValueAtIndex(after - 1) > begin)
                return false;

            // Neighbours become one, so that sequential writes keep one range.
            if (after < _endByBegin.Count && _endByBegin.GetKeyAtIndex(after) == end)
            {
                end = _endByBegin.GetValueAtIndex(after);
                _endByBegin.RemoveAt(after);
            }

            if (after > 0 && _endByBegin.GetValueAtIndex(after - 1) == begin)
                _endByBegin.SetValueAtIndex(after - 1, end);
            else
                _endByBegin.Add(begin, end);
            return true;
        }
    }

    /// <summary>Whether every byte below <paramref name="length"/> has been written.</summary>
    internal bool IsComplete(long length)
    {
        lock (_lock)
            return length == 0 || (_endByBegin.Count == 1 && _endByBegin.GetKeyAtIndex(0) == 0 && _endByBegin.GetValueAtIndex(0) == length);
    }

    private int FirstAtOrAfter(long begin)
    {
        var (low, high) = (0, _endByBegin.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_endByBegin.GetKeyAtIndex(middle) < begin)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
