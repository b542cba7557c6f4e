namespace Warp;

/// <summary>A run's own order of the prompts: all of them once per epoch, each epoch shuffled anew.</summary>
internal sealed class PromptOrder(int count, RandomStream random)
{
    private readonly int[] _epoch = new int[count];
    private long _drawn;

    internal int Next()
    {
        var position = (int)(_drawn % count);
        if (position == 0)
        {
            for (var i = 0; i < count; i++)
                _epoch[i] = i;
            random.Fork((ulong)(_drawn / count)).Shuffle<int>(_epoch);
        }

        _drawn++;
        return _epoch[position];
    }
}
