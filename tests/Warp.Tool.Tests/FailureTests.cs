using Warp.Tool;
using Warp.Tool.Output;

namespace Warp.Tests;

public sealed class FailureTests
{
    [Fact]
    public void Unexpected_errors_are_a_sentence_too()
    {
        var failure = Failure.Of(new InvalidOperationException("A bug."), CancellationToken.None);
        Assert.Equal((1, "error: Something unexpected went wrong (InvalidOperationException): A bug."), (failure.ExitCode, failure.Message));
    }

    [Fact]
    public void Names_of_parameters_are_left_out() =>
        Assert.Equal("error: No.", Failure.Of(new ArgumentException("No.", "output"), CancellationToken.None).Message);

    [Fact]
    public void What_parallel_work_throws_is_unwrapped() =>
        Assert.Equal("error: Disk full.", Failure.Of(new AggregateException(new IOException("Disk full.")), CancellationToken.None).Message);

    [Theory]
    [InlineData(0.2, "1 s left")]
    [InlineData(59, "59 s left")]
    [InlineData(125, "2 min 5 s left")]
    [InlineData(93784, "26 h 3 min left")]
    public void Time_left_is_short(double seconds, string text) => Assert.Equal(text, ProgressDisplay.TimeLeft(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Json_has_null_for_what_is_not_finite() =>
        Assert.Equal("[\n  1.5,\n  null\n]", ResultJson.Of(new[] { 1.5, double.PositiveInfinity }));
}
