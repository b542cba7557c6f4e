using System.Globalization;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Random weights under given names, as arrays and as a Hugging Face folder.</summary>
internal sealed class PlainWeights
{
    private readonly SortedDictionary<string, (long[] Shape, double[] Values)> _tensors = new(StringComparer.Ordinal);

    /// <param name="seed">Of the values.</param>
    /// <param name="tensors">One per line: name and sizes, such as <c>model.norm.weight 8</c>.</param>
    public PlainWeights(ulong seed, string tensors)
    {
        var random = new RandomStream(seed);
        foreach (var line in tensors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(' ');
            long[] shape = [.. parts[1..].Select(s => long.Parse(s, CultureInfo.InvariantCulture))];
            var values = new double[shape.Aggregate(1L, (a, b) => a * b)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)((random.NextDouble() - 0.5) * 1.6); // a float32 holds it exactly
            _tensors.Add(parts[0], (shape, values));
        }
    }

    public double[] this[string name] => _tensors[name].Values;

    public IEnumerable<string> Names => _tensors.Keys;

    public double[]? Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor.Values : null;

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    public string Save(string folder, string config, ScalarType type = ScalarType.Float64, Func<string, string>? rename = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        using var scope = NewDisposeScope();
        using var set = ParameterSet.Copy(_tensors.Select(t => KeyValuePair.Create(
            rename?.Invoke(t.Key) ?? t.Key, tensor(t.Value.Values, t.Value.Shape, ScalarType.Float64).to(type))));
        Safetensors.Save(Path.Combine(folder, "model.safetensors"), set);
        return folder;
    }
}
