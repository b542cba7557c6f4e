using System.Reflection;

namespace Warp.Tests;

/// <summary>No setting is forgotten: each public property, found by reflection, is changed in turn.</summary>
public sealed class SettingsTests
{
    /// <summary>The schedule is that of the loop.</summary>
    private static readonly string[] Moot = ["Reinforce.Steps"];

    /// <summary>It allows values of η and changes none.</summary>
    private static readonly string[] MootOfMerger = ["AllowExtrapolation"];

    [Fact]
    public void Every_setting_of_the_loop_must_be_that_of_the_checkpoint()
    {
        var before = Settings(new WarpOptions());
        foreach (var (name, changed) in Changes(new WarpOptions(), ""))
        {
            var differences = SettingsList.Differences(before, Settings((WarpOptions)changed)).Select(d => d.Setting).ToList();
            if (Moot.Contains(name))
                Assert.Empty(differences);
            else
                Assert.Contains(differences, d => d == name || d.StartsWith($"{name}[", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_setting_of_the_merger_must_be_that_of_the_checkpoint()
    {
        var before = Settings(new WarpOptions(), new MergeOptions());
        foreach (var (name, changed) in Changes(new MergeOptions(), ""))
        {
            var differences = SettingsList.Differences(before, Settings(new WarpOptions(), (MergeOptions)changed)).Select(d => d.Setting);
            Assert.Equal(MootOfMerger.Contains(name) ? [] : [$"Merger.{name}"], differences);
        }
    }

    private static SortedDictionary<string, string> Settings(WarpOptions options, MergeOptions? merge = null)
    {
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        var catalog = new PartCatalog();
        foreach (var name in new[] { RunParts.DefaultPrompts, RunParts.DefaultHeldOutPrompts })
            catalog.AddPrompts(SmallLoop.Prompts, name).AddPrompts(SmallLoop.Prompts, $"other {name}");
        return SettingsList.Of(options, new SlerpMerger(merge), catalog, sft.Weights);
    }

    private static IEnumerable<(string Name, object Changed)> Changes(object options, string within)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var value = property.GetValue(options);
            var name = within + property.Name;
            if (value is not null && property.PropertyType.Assembly == typeof(WarpOptions).Assembly && !property.PropertyType.IsEnum)
            {
                foreach (var (inner, changed) in Changes(value, $"{name}."))
                    yield return (inner, With(options, property, changed));
            }
            else
            {
                yield return (name, With(options, property, Other(property.PropertyType, value)));
            }
        }
    }

    private static object With(object options, PropertyInfo property, object? value)
    {
        var copy = options.GetType().GetMethod("<Clone>$")!.Invoke(options, null)!;
        property.SetValue(copy, value);
        return copy;
    }

    private static object Other(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type, value) switch
    {
        (_, bool b) => !b,
        (_, int i) => i + 1,
        (_, ulong u) => u + 1,
        (_, double d) => d / 2 + 0.1,
        (_, string s) => $"other {s}",
        (_, IReadOnlyList<int> list) => (IReadOnlyList<int>)[.. list, 1],
        (_, IReadOnlyList<double> list) => (IReadOnlyList<double>)[.. list, 1],
        (_, IReadOnlyList<string> list) => (IReadOnlyList<string>)[.. list, "other"],
        (_, IReadOnlyList<RunVariant> list) => (IReadOnlyList<RunVariant>)[.. list, new RunVariant { Parts = new RunParts() }],
        (var t, null) when t == typeof(double) => 0.5,
        (var t, null) when t == typeof(Func<string, string>) => (Func<string, string>)(name => name),
        (var t, null) when t == typeof(TorchSharp.torch.ScalarType) => TorchSharp.torch.ScalarType.Float16,
        ({ IsEnum: true } t, _) => Enum.GetValues(t).Cast<object>().First(v => !v.Equals(value)),
        var (t, _) => throw new NotSupportedException($"Say how a {t} is changed."),
    };
}
