using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class MergeResultTests
{
    [Fact]
    public void A_result_of_ones_own_takes_the_weights_over()
    {
        var weights = Sets.One(ScalarType.Float32, 1);
        var report = new MergeReport("mine", Granularity.Model, 1, []);
        using (var result = MergeResult.Create(weights, report))
        {
            Assert.Same(weights, result.Weights);
            Assert.Same(report, result.Report);
            Assert.Empty(report.Warnings);
        }

        Assert.Throws<ObjectDisposedException>(() => weights[0]);
    }

    [Fact]
    public void Nulls_are_refused()
    {
        using var weights = Sets.One(ScalarType.Float32, 1);
        Assert.Throws<ArgumentNullException>("weights", () => MergeResult.Create(null!, new MergeReport("mine", Granularity.Model, 1, [])));
        Assert.Throws<ArgumentNullException>("report", () => MergeResult.Create(weights, null!));
    }
}
