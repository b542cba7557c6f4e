namespace Warp.Tests;

public sealed class RetryTests
{
    private static readonly Rollout[] Batch = [Rollouts.Of("once", "upon"), Rollouts.Of("a", "time")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("throws")]
    [InlineData("NaN")]
    [InlineData("too few")]
    public async Task A_model_that_fails_is_asked_again(string how)
    {
        var (calls, logger) = (0, new RecordingLogger());
        var model = RewardModel.From((rollouts, _) => ++calls < 3 ? Failing(how, rollouts) : ValueTask.FromResult<IReadOnlyList<Reward>>([1, 2]));
        var rewards = await model.WithRetries(2, logger: logger).ScoreAsync(Batch, Token);
        Assert.Equal([1, 2], rewards.Select(r => r.Value));
        Assert.Equal(3, calls);
        Assert.Equal(2, logger.Of(106).Count);
    }

    [Fact]
    public async Task What_remains_names_prompt_and_completion()
    {
        var calls = 0;
        var model = RewardModel.From((rollouts, _) =>
        {
            calls++;
            return Failing("throws", rollouts);
        });
        var error = await Assert.ThrowsAsync<RewardException>(() => model.WithRetries(3).ScoreAsync(Batch, Token).AsTask());
        Assert.Equal(4, calls);
        Assert.Contains("\"once\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"upon\"", error.Message, StringComparison.Ordinal);
        Assert.Same(Batch[0], error.Rollout);
    }

    [Fact]
    public async Task The_delay_is_that_of_the_clock_given()
    {
        var (time, calls) = (new ManualTime(), 0);
        var model = RewardModel.From((rollouts, _) => ++calls == 1 ? Failing("throws", rollouts) : ValueTask.FromResult<IReadOnlyList<Reward>>([1, 2]));
        var work = model.WithRetries(1, TimeSpan.FromMinutes(5), time: time).ScoreAsync(Batch, Token).AsTask();
        Assert.Equal((1, false), (calls, work.IsCompleted));
        time.Fire(TimeSpan.FromMinutes(5));
        await work;
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_model_that_is_late_is_cancelled_and_asked_again()
    {
        var (time, calls) = (new ManualTime(), 0);
        var (asked, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var model = RewardModel.From(async (rollouts, token) =>
        {
            if (++calls > 1)
                return [1, 2];
            token.Register(() => cancelled.SetResult());
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return [];
        });
        var work = model.WithRetries(1, timeout: TimeSpan.FromSeconds(30), time: time).ScoreAsync(Batch, Token).AsTask();
        await asked.Task.WaitAsync(Token);
        await time.FireAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal([1, 2], (await work).Select(r => r.Value));
        await cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_model_that_is_always_late_is_an_error_with_its_prompt()
    {
        var time = new ManualTime();
        var model = RewardModel.From(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return [];
        });
        var work = model.WithRetries(0, timeout: TimeSpan.FromSeconds(30), time: time).ScoreAsync(Batch, Token).AsTask();
        await time.FireAsync(TimeSpan.FromSeconds(30), Token);
        var error = await Assert.ThrowsAsync<RewardException>(() => work);
        Assert.Contains("gave no answer within 00:00:30 for 2 completions", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"once\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_is_not_retried()
    {
        using var cancel = new CancellationTokenSource();
        var calls = 0;
        var model = RewardModel.From((_, token) =>
        {
            calls++;
            cancel.Cancel();
            token.ThrowIfCancellationRequested();
            return ValueTask.FromResult<IReadOnlyList<Reward>>([]);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.WithRetries(5).ScoreAsync(Batch, cancel.Token).AsTask());
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        var model = RewardModel.From(_ => 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.WithRetries(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.WithRetries(1, TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.WithRetries(1, timeout: TimeSpan.Zero));
    }

    private static ValueTask<IReadOnlyList<Reward>> Failing(string how, IReadOnlyList<Rollout> rollouts) => how switch
    {
        "NaN" => ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(_ => Reward.Of(double.NaN))]),
        "too few" => ValueTask.FromResult<IReadOnlyList<Reward>>([1]),
        _ => throw new InvalidOperationException("down"),
    };
}
