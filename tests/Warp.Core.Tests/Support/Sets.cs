using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Builds weights from numbers and reads them back.</summary>
internal static class Sets
{
    /// <summary>One-dimensional tensors of one type.</summary>
    public static ParameterSet Of(ScalarType type, params (string Name, double[] Values)[] tensors)
    {
        using var scope = NewDisposeScope();
        return ParameterSet.Copy(tensors.Select(t => KeyValuePair.Create(t.Name, tensor(t.Values, ScalarType.Float64).to(type))));
    }

    /// <summary>One tensor called "w".</summary>
    public static ParameterSet One(ScalarType type, params double[] values) => Of(type, ("w", values));

    /// <summary>Normal numbers that depend on the seed alone.</summary>
    public static double[] Normal(ulong seed, int count, double scale = 1)
    {
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(_ => scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
    }

    public static double[] Values(this NamedTensor entry) => Values(entry.Tensor);

    public static double[] Values(Tensor tensor)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to(ScalarType.Float64).contiguous().view(-1).data<double>().ToArray();
    }

    /// <summary>The only tensor's values.</summary>
    public static double[] Only(this ParameterSet weights) => Assert.Single(weights).Values();
}
