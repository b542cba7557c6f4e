namespace Warp.Tests;

public sealed class OptionsExceptionTests
{
    [Fact]
    public void All_problems_are_in_the_message_and_in_the_list()
    {
        var failure = Assert.Throws<OptionsException>(() => OptionProblems.ThrowIfAny(["A is 1; it must be 2", "B is 3; it must be 4"], "Settings"));
        Assert.Equal("Settings: A is 1; it must be 2; B is 3; it must be 4.", failure.Message);
        Assert.Equal(["A is 1; it must be 2", "B is 3; it must be 4"], failure.Problems);
    }

    [Fact]
    public void No_problems_are_no_failure() => OptionProblems.ThrowIfAny([], "Settings");

    [Fact]
    public void Problems_of_a_part_name_the_part() =>
        Assert.Equal(["Sampling.A is 1", "Sampling.B is 2"], new[] { "A is 1", "B is 2" }.Within("Sampling"));

    [Fact]
    public void Every_constructor_keeps_its_problems()
    {
        Assert.Empty(new OptionsException().Problems);
        Assert.Equal(["x"], new OptionsException("x").Problems);
        var inner = new InvalidOperationException();
        Assert.Equal(["x"], new OptionsException("x", inner).Problems);
        Assert.Same(inner, new OptionsException("x", inner).InnerException);
        Assert.Empty(new OptionsException("Settings", (IReadOnlyList<string>)null!).Problems);
    }
}
