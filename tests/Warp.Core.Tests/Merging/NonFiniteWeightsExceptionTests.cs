namespace Warp.Tests;

public sealed class NonFiniteWeightsExceptionTests
{
    [Fact]
    public void It_keeps_what_it_is_given()
    {
        var inner = new InvalidOperationException();
        Assert.Equal(("what", inner), (new NonFiniteWeightsException("what", inner).Message, new NonFiniteWeightsException("what", inner).InnerException));
        Assert.Equal("what", new NonFiniteWeightsException("what").Message);
        Assert.IsType<ArithmeticException>(new NonFiniteWeightsException(), exactMatch: false);
    }
}
