namespace Warp.Tests;

public sealed class WrittenRangesTests
{
    [Fact]
    public void Ranges_agree_with_a_table_of_bytes()
    {
        var random = new RandomStream(1);
        for (var round = 0; round < 2000; round++)
        {
            var ranges = new WrittenRanges();
            var table = new bool[12];
            for (var i = 0; i < 20; i++)
            {
                var begin = random.NextInt32(table.Length + 1);
                var end = begin + random.NextInt32(table.Length - begin + 1);
                var free = !table.AsSpan(begin, end - begin).Contains(value: true);
                Assert.Equal(free, ranges.TryAdd(begin, end));
                table.AsSpan(begin, end - begin).Fill(value: true);
                if (!free)
                    break;
                for (var length = 0; length <= table.Length; length++)
                    Assert.Equal(length == 0 || Array.LastIndexOf(table, value: true) == length - 1 && !table.AsSpan(0, length).Contains(value: false), ranges.IsComplete(length));
            }
        }
    }
}
