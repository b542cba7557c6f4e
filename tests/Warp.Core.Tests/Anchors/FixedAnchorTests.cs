using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class FixedAnchorTests
{
    [Fact]
    public void It_stays_where_it_is()
    {
        using var anchor = new FixedAnchor(new TinyPolicy(Sets.One(ScalarType.Float32, 1)));
        using var policy = Sets.One(ScalarType.Float32, 2);
        Bits.AssertUnchanged(() => anchor.Update(policy), anchor.Weights, policy);
    }

    [Fact]
    public void Log_probabilities_are_the_references_without_gradient()
    {
        using var module = new MixedModule(3, 0, 0);
        var reference = new TinyPolicy(ParameterSet.Of(module));
        using var anchor = new FixedAnchor(reference);
        using var result = anchor.LogProbabilities([Rollouts.Of("x", "y", 2)], 0.7);
        Assert.False(result.requires_grad);
        Assert.Equal([3, 3], Sets.Values(result));
        Assert.Equal(0.7, reference.LastTemperature);
    }

    [Fact]
    public void It_disposes_the_reference()
    {
        var reference = new TinyPolicy(Sets.One(ScalarType.Float32, 1));
        new FixedAnchor(reference).Dispose();
        Assert.True(reference.IsDisposed);
    }

    [Fact]
    public void Null_is_refused() => Assert.Throws<ArgumentNullException>("reference", () => new FixedAnchor(null!));
}
