using Warp.Transformers;

namespace Warp.Tests;

public class DecoderConfigTests
{
    [Fact]
    public void Heads_default_to_multi_head_attention_over_the_whole_width()
    {
        var config = new DecoderConfig { VocabularySize = 10, HiddenSize = 24, IntermediateSize = 32, Layers = 1, Heads = 4 };
        config.Validate();
        Assert.Equal(4, config.KeyValueHeads);
        Assert.Equal(6, config.HeadSize);
        Assert.Equal(16, (config with { HeadSize = 16 }).HeadSize);
    }

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var config = new DecoderConfig
        {
            VocabularySize = 0,
            HiddenSize = -1,
            IntermediateSize = 0,
            Layers = 0,
            Heads = 6,
            KeyValueHeads = 4,
            HeadSize = 3,
            MaxPositions = 0,
            RmsNormEpsilon = double.NaN,
            RopeTheta = 0,
            InitializerRange = -0.1,
        };
        var problems = Assert.Throws<OptionsException>(config.Validate).Problems;
        Assert.Equal(
            [
                "VocabularySize is 0; it must be at least 1",
                "HiddenSize is -1; it must be at least 1",
                "IntermediateSize is 0; it must be at least 1",
                "Layers is 0; it must be at least 1",
                "MaxPositions is 0; it must be at least 1",
                "KeyValueHeads is 4, which does not divide Heads, 6; every key and value head serves the same number of query heads",
                "HeadSize is 3; it must be even and at least 2, because rotary positions turn pairs",
                "RmsNormEpsilon is NaN; it must be finite and above 0",
                "RopeTheta is 0; it must be finite and above 0",
                "InitializerRange is -0.1; it must be finite and at least 0",
            ],
            problems);
    }

    [Theory]
    [InlineData(10, 4, "HiddenSize is 10, which Heads, 4, does not divide; choose another, or set HeadSize")]
    [InlineData(12, 4, "HeadSize is 3; it must be even and at least 2, because rotary positions turn pairs")]
    [InlineData(12, 0, "Heads is 0; it must be at least 1")]
    public void Derived_sizes_are_checked(int hidden, int heads, string problem)
    {
        var config = new DecoderConfig { VocabularySize = 10, HiddenSize = hidden, IntermediateSize = 32, Layers = 1, Heads = heads };
        Assert.Equal([problem], Assert.Throws<OptionsException>(config.Validate).Problems);
    }
}
