using CsCheck;

namespace Warp.Tests;

public sealed class RandomStreamTests
{
    /// <summary>A statistic of χ² with k degrees of freedom exceeds k + 5·√(2k) + 12.5 with a probability below 1e-6; the seeds are fixed besides.</summary>
    private static double Bound(int degrees) => degrees + 5 * Math.Sqrt(2.0 * degrees) + 12.5;

    [Fact]
    public void The_published_sequence()
    {
        var random = new RandomStream(1234567);
        Assert.Equal(
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            Enumerable.Range(0, 5).Select(_ => random.NextUInt64()));
        Assert.Equal((1234567UL, 5UL), (random.Key, random.Position));
    }

    [Fact]
    public void A_stream_is_resumed_where_it_was_left() => Gen.Select(Gen.ULong, Gen.Int[0, 50]).Sample((key, drawn) =>
    {
        var first = new RandomStream(key);
        for (var i = 0; i < drawn; i++)
            first.NextUInt64();
        var second = new RandomStream(first.Key, first.Position);
        Assert.Equal(first.NextUInt64(), second.NextUInt64());
        Assert.Equal(first.NextDouble(), second.NextDouble());
        Assert.Equal(first.NextInt32(1000), second.NextInt32(1000));
        Assert.Equal(first.Position, second.Position);
    });

    [Fact]
    public void Doubles_are_in_the_unit_interval_and_uniform()
    {
        const int Bins = 64, Draws = 64_000;
        var random = new RandomStream(1);
        var counts = new int[Bins];
        for (var i = 0; i < Draws; i++)
        {
            var value = random.NextDouble();
            Assert.InRange(value, 0, Math.BitDecrement(1));
            Assert.Equal(Math.Floor(value * (1L << 53)), value * (1L << 53)); // a multiple of 2⁻⁵³
            counts[(int)(value * Bins)]++;
        }

        Assert.InRange(ChiSquare(counts, Draws), 0, Bound(Bins - 1));
    }

    [Fact]
    public void Every_bit_is_set_half_the_time()
    {
        const int Draws = 20_000;
        var random = new RandomStream(2);
        var counts = new int[64];
        for (var i = 0; i < Draws; i++)
        {
            var bits = random.NextUInt64();
            for (var b = 0; b < 64; b++)
                counts[b] += (int)(bits >> b) & 1;
        }

        // √(n/4) is the standard deviation; 6 of it, for 64 bits, are passed once in 1e7 seeds.
        Assert.All(counts, c => Assert.InRange(c, Draws / 2 - 6 * Math.Sqrt(Draws / 4.0), Draws / 2 + 6 * Math.Sqrt(Draws / 4.0)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Integers_are_below_the_limit_and_uniform(int limit)
    {
        const int Draws = 50_000;
        var random = new RandomStream(3);
        var counts = new int[limit];
        for (var i = 0; i < Draws; i++)
            counts[random.NextInt32(limit)]++;
        Assert.InRange(ChiSquare(counts, Draws), 0, Bound(Math.Max(1, limit - 1)));
    }

    [Fact]
    public void Any_limit_is_kept() => Gen.Select(Gen.ULong, Gen.Int[1, int.MaxValue]).Sample((key, limit) =>
        Assert.InRange(new RandomStream(key).NextInt32(limit), 0, limit - 1));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_limit_below_1_is_refused_and_nothing_is_drawn(int limit)
    {
        var random = new RandomStream(4);
        var failure = Assert.Throws<ArgumentOutOfRangeException>(nameof(limit), () => random.NextInt32(limit));
        Assert.Equal(limit, failure.ActualValue);
        Assert.Equal(0UL, random.Position);
    }

    [Fact]
    public void Forks_do_not_depend_on_what_has_been_drawn()
    {
        var parent = new RandomStream(5);
        var early = parent.Fork(3).NextUInt64();
        parent.NextUInt64();
        Assert.Equal(early, parent.Fork(3).NextUInt64());
        Assert.Equal(1UL, parent.Position);
    }

    [Fact]
    public void Forks_of_different_parents_labels_and_depths_differ()
    {
        var keys = new HashSet<ulong>();
        for (var parent = 0UL; parent < 100; parent++)
        {
            var stream = new RandomStream(parent);
            Assert.True(keys.Add(stream.Key));
            for (var label = 0UL; label < 50; label++)
            {
                var fork = stream.Fork(label);
                Assert.True(keys.Add(fork.Key));
                Assert.True(keys.Add(fork.Fork(label).Key));
            }
        }
    }

    [Fact]
    public void Forks_are_uncorrelated_with_their_parent_and_one_another()
    {
        // The mean of products of centred uniforms has standard deviation 1/12/√n.
        const int Draws = 20_000;
        var parent = new RandomStream(6);
        var streams = new[] { parent.Fork(0), parent.Fork(1), new RandomStream(7), new RandomStream(6) };
        for (var i = 0; i < streams.Length; i++)
        {
            for (var j = i + 1; j < streams.Length; j++)
            {
                var (a, b) = (new RandomStream(streams[i].Key), new RandomStream(streams[j].Key));
                var sum = Enumerable.Range(0, Draws).Sum(_ => (a.NextDouble() - 0.5) * (b.NextDouble() - 0.5));
                Assert.InRange(Math.Abs(sum / Draws), 0, 5.0 / 12 / Math.Sqrt(Draws));
            }
        }
    }

    [Fact]
    public void All_24_orders_of_four_items_are_equally_frequent()
    {
        const int Draws = 48_000;
        var random = new RandomStream(8);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < Draws; i++)
        {
            Span<char> items = ['a', 'b', 'c', 'd'];
            random.Shuffle(items);
            var order = new string(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.All(counts.Keys, k => Assert.Equal("abcd", string.Concat(k.Order())));
        Assert.InRange(ChiSquare(counts.Values, Draws), 0, Bound(23));
    }

    [Fact]
    public void Shuffling_none_or_one_draws_nothing()
    {
        var random = new RandomStream(9);
        random.Shuffle<int>([]);
        random.Shuffle([1]);
        Assert.Equal(0UL, random.Position);
    }

    private static double ChiSquare(IReadOnlyCollection<int> counts, int draws)
    {
        var expected = (double)draws / counts.Count;
        return counts.Sum(c => (c - expected) * (c - expected) / expected);
    }
}
