namespace Warp;

/// <summary>
/// A seeded stream of random numbers whose whole state is two integers, so that it can be saved, resumed and split into independent streams.
/// </summary>
/// <remarks>
/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014), used by position: number n of a stream
/// is a function of its key and n alone. Nothing here touches a global stream, so runs side by side do not disturb one another.
/// Not for cryptography. Not thread-safe: give each run its own stream with <see cref="Fork(ulong)"/>.
/// </remarks>
public sealed class RandomStream
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>Creates a stream.</summary>
    /// <param name="key">The seed; any value. Equal keys give equal streams.</param>
    /// <param name="position">How many numbers have been drawn already.</param>
    public RandomStream(ulong key, ulong position = 0)
    {
        Key = key;
        Position = position;
    }

    /// <summary>The seed of this stream.</summary>
    public ulong Key { get; }

    /// <summary>How many numbers have been drawn; with <see cref="Key"/> the whole state.</summary>
    public ulong Position { get; private set; }

    /// <summary>A stream of its own for a part of the work; the same key and label give the same stream, whatever has been drawn from this one.</summary>
    /// <param name="label">Which part: an index, for instance.</param>
    public RandomStream Fork(ulong label) => new(Mix(Mix(Key ^ 0xD1B54A32D192ED03) + Mix(label + Increment)));

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64() => Mix(Key + ++Position * Increment);

    /// <summary>The next number, uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next integer, uniform in [0, <paramref name="limit"/>).</summary>
    /// <param name="limit">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is below 1.</exception>
    public int NextInt32(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // Multiply-shift of 64 random bits: the bias is below limit / 2⁶⁴.
        return (int)Math.BigMul(NextUInt64(), (ulong)limit, out _);
    }

    /// <summary>Puts the items into a random order, each order equally likely (Fisher-Yates).</summary>
    /// <param name="items">Reordered in place.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
