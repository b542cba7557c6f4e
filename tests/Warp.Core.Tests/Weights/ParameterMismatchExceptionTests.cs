namespace Warp.Tests;

public sealed class ParameterMismatchExceptionTests
{
    [Fact]
    public void Every_constructor_keeps_its_differences()
    {
        Assert.Empty(new ParameterMismatchException().Differences);
        Assert.Equal(["one"], new ParameterMismatchException("one").Differences);
        Assert.Contains("1 difference)", new ParameterMismatchException("one").Message, StringComparison.Ordinal);
        var inner = new InvalidOperationException();
        var failure = new ParameterMismatchException("one", inner);
        Assert.Equal((1, inner), (failure.Differences.Count, failure.InnerException));
        Assert.Throws<ArgumentNullException>(() => new ParameterMismatchException((IReadOnlyList<string>)null!));
        Assert.IsType<ArgumentException>(failure, exactMatch: false);
    }
}
