using static TorchSharp.torch;

namespace Warp.Tests;

[Collection(SerialCollection.Name)]
public sealed class ThreadCountTests
{
    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        // Torch splits sums over threads from 32768 elements on: these tensors have more.
        const int Count = 150_001;
        using var init = Sets.One(ScalarType.Float32, Sets.Normal(1, Count));
        using var a = Sets.One(ScalarType.Float32, Sets.Normal(2, Count));
        using var b = Sets.One(ScalarType.Float32, Sets.Normal(3, Count));
        using var c = Sets.One(ScalarType.Float32, Sets.Normal(4, Count));
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            using var one = new SlerpMerger(new MergeOptions { OutputType = ScalarType.Float64 }).Merge(init, [a, b, c]);
            set_num_threads(2);
            using var two = new SlerpMerger(new MergeOptions { OutputType = ScalarType.Float64 }).Merge(init, [a, b, c]);
            Bits.AssertSame(one.Weights, two.Weights);
            Assert.Equal(one.Report.Groups[0].Coefficients, two.Report.Groups[0].Coefficients);
            Assert.Equal(one.Report.Groups[0].Norms, two.Report.Groups[0].Norms);
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
