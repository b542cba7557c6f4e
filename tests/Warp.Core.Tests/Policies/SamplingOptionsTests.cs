namespace Warp.Tests;

public sealed class SamplingOptionsTests
{
    [Fact]
    public void Defaults_are_valid_and_the_papers()
    {
        var options = new SamplingOptions();
        options.Validate();
        Assert.Equal((0.9, 128), (options.Temperature, options.MaxNewTokens));
    }

    [Fact]
    public void Greedy_decoding_is_valid() => (new SamplingOptions { Temperature = 0, MaxNewTokens = 1 }).Validate();

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    public void A_temperature_out_of_range_is_refused(double temperature)
    {
        var failure = Assert.Throws<OptionsException>(() => (new SamplingOptions { Temperature = temperature }).Validate());
        Assert.Equal([$"Temperature is {temperature}; it must be finite and at least 0 (0 is greedy)"], failure.Problems);
    }

    [Fact]
    public void All_problems_are_reported_together()
    {
        var failure = Assert.Throws<OptionsException>(() => (new SamplingOptions { Temperature = -1, MaxNewTokens = 0 }).Validate());
        Assert.Equal(2, failure.Problems.Count);
        Assert.Equal("SamplingOptions: Temperature is -1; it must be finite and at least 0 (0 is greedy); MaxNewTokens is 0; it must be at least 1.", failure.Message);
    }
}
