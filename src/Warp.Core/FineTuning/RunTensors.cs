using static TorchSharp.torch;

namespace Warp;

/// <summary>Names of the tensors in a run's saved state, and the copying of them.</summary>
internal static class RunTensors
{
    internal const string Weights = "weights/";
    internal const string LastGood = "last-good/";
    internal const string Anchor = "anchor/";
    internal const string FirstMoment = "adam/first/";
    internal const string SecondMoment = "adam/second/";
    internal const string AdamSteps = "adam/steps";

    /// <summary>Those of a set that are not as at the start: what is trained, and what else has changed.</summary>
    internal static IEnumerable<(string Name, Tensor Tensor)> Changed(string prefix, ParameterSet weights, ParameterSet? start) =>
        from entry in weights
        where entry.IsTrainable || start is null || !WeightMath.AreEqual(entry.Tensor, start[entry.Name].Tensor)
        select (prefix + entry.Name, entry.Tensor);

    /// <summary>Copies tensors to main memory.</summary>
    internal static ParameterSet Copy(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        var copies = new List<NamedTensor>();
        try
        {
            foreach (var (name, tensor) in tensors)
            {
                var copy = WeightMath.DetachedCopy(tensor, device: CPU).DetachFromDisposeScope();
                copies.Add(new NamedTensor(name, [], copy, copy.is_floating_point()));
            }

            return ParameterSet.Own(copies);
        }
        catch
        {
            copies.ForEach(c => c.Tensor.Dispose());
            throw;
        }
    }

    /// <summary>Looks tensors up by name within a prefix.</summary>
    internal static Func<string, Tensor?> Within(this ParameterSet tensors, string prefix) => name => tensors.TryGet(prefix + name, out var entry) ? entry.Tensor : null;
}
