using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Compares weights bit for bit: −0 differs from 0, and one NaN equals the same NaN.</summary>
internal static class Bits
{
    public static byte[] Of(Tensor tensor)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().bytes.ToArray();
    }

    public static void AssertSame(ParameterSet expected, ParameterSet actual)
    {
        Assert.Equal(expected.Select(t => t.Name), actual.Select(t => t.Name));
        foreach (var entry in expected)
            AssertSame(entry.Tensor, actual[entry.Name].Tensor);
    }

    public static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(Of(expected), Of(actual));
    }

    /// <summary>Runs an action and asserts that it changed none of the sets.</summary>
    public static void AssertUnchanged(Action action, params ParameterSet[] inputs)
    {
        var before = inputs.Select(set => set.Select(t => (t.Name, t.IsTrainable, Type: t.Tensor.dtype, Bytes: Of(t.Tensor))).ToArray()).ToArray();
        action();
        for (var i = 0; i < inputs.Length; i++)
        {
            foreach (var (entry, old) in inputs[i].Zip(before[i]))
            {
                Assert.Equal((old.Name, old.IsTrainable, old.Type), (entry.Name, entry.IsTrainable, entry.Tensor.dtype));
                Assert.Equal(old.Bytes, Of(entry.Tensor));
            }
        }
    }

    public static void AssertNothingShared(ParameterSet result, params ParameterSet[] inputs)
    {
        var taken = inputs.SelectMany(set => set).Select(t => Address(t.Tensor)).ToHashSet();
        Assert.All(result, entry => Assert.DoesNotContain(Address(entry.Tensor), taken));
    }

    /// <summary>Where the storage begins.</summary>
    public static unsafe nint Address(Tensor tensor)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        fixed (byte* first = tensor.detach().as_strided([1], [1], 0).bytes)
            return (nint)first;
    }
}
