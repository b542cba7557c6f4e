namespace Warp;

/// <summary>A run's own order of the prompts: all of them once per epoch, each epoch shuffled anew. Its whole state is how many have been drawn.</summary>
internal sealed class PromptOrder(int count, RandomStream random)
{
    private readonly int[] _epoch = new int[count];
    private long _shuffled = -1;

    /// <summary>The key of the stream.</summary>
    internal ulong Key => random.Key;

    /// <summary>How many have been drawn.</summary>
    internal long Drawn { get; set; }

    internal int Next()
    {
        var (epoch, position) = Math.DivRem(Drawn, count);
        if (epoch != _shuffled)
        {
            for (var i = 0; i < count; i++)
                _epoch[i] = i;
            random.Fork((ulong)epoch).Shuffle<int>(_epoch);
            _shuffled = epoch;
        }

        Drawn++;
        return _epoch[position];
    }
}
