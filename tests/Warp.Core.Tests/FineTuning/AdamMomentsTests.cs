using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class AdamMomentsTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Steps_are_those_of_torchs_own_Adam_to_the_bit(ScalarType type)
    {
        var options = new ReinforceOptions { LearningRate = 3e-3, AdamBeta1 = 0.85, AdamBeta2 = 0.97, AdamEpsilon = 1e-7 };
        using var start = RandomWeights.Make(type, 1, 137);
        using var ours = start.clone();
        using var theirs = new Parameter(start);
        using var adam = optim.Adam([theirs], options.LearningRate, options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon);
        using var moments = new AdamMoments(ours);
        for (var step = 1; step <= 40; step++)
        {
            using var gradient = RandomWeights.Make(type, (ulong)(100 + step), 137);
            var rate = options.LearningRate * Math.Min(1, step / 10.0);
            theirs.grad = gradient;
            foreach (var group in adam.ParamGroups)
                group.LearningRate = rate;
            adam.step();
            moments.Step(ours, gradient, rate, options);
            Bits.AssertSame(theirs, ours);
        }

        Assert.Equal(40, moments.Steps);
    }
}
