using CsCheck;

namespace Warp.Tests;

public sealed class MicroBatchesTests
{
    [Fact]
    public void What_fits_stays_together_in_its_order() => Assert.Equal([[0, 1, 2]], MicroBatches.Divide(Of(1, 3, 2), tokens: 12)); // 3 rows of 1 + 3 tokens

    [Fact]
    public void Rows_of_like_length_go_together_the_longest_first() =>
        // With the prompt's token: 2, 6, 3, 6. Two rows of 6 make 12; then 3 and 2.
        Assert.Equal([[1, 3], [2, 0]], MicroBatches.Divide(Of(1, 5, 2, 5), tokens: 12));

    [Fact]
    public void A_rollout_beyond_the_bound_stands_alone() => Assert.Equal([[1], [0, 2]], MicroBatches.Divide(Of(1, 9, 1), tokens: 4));

    [Fact]
    public void Every_rollout_is_in_one_batch_and_no_batch_of_several_is_too_large() =>
        Gen.Select(Gen.Int[1, 40].Array[1, 30], Gen.Int[1, 200]).Sample((lengths, tokens) =>
        {
            var batches = MicroBatches.Divide(Of(lengths), tokens);

            Assert.Equal(Enumerable.Range(0, lengths.Length), batches.SelectMany(b => b).Order());
            Assert.All(batches, b => Assert.True(b.Length == 1 || b.Length * (1 + b.Max(i => lengths[i])) <= tokens));
        });

    private static Rollout[] Of(params int[] completionLengths) => [.. completionLengths.Select((length, i) => Rollouts.Of($"prompt {i}", "", length))];
}
