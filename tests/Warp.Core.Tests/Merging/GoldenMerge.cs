using System.Text.Json;

namespace Warp.Tests;

/// <summary>One case of Goldens/merges.json, which Goldens/make_goldens.py wrote.</summary>
public sealed record GoldenMerge(
    string Name, double? Lambda, double[] Init, double[][] Policies, double[] Slerp, double?[] AnglesDegrees, double[] Mean, double[] Liti03)
{
    internal const double LitiEta = 0.3;

    private static readonly Lazy<GoldenMerge[]> Cases = new(() =>
    {
        using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Goldens", "merges.json"));
        return JsonSerializer.Deserialize<GoldenMerge[]>(stream, JsonSerializerOptions.Web)!;
    });

    public static TheoryData<string> Names => [.. Cases.Value.Select(c => c.Name)];

    internal static GoldenMerge Named(string name) => Cases.Value.Single(c => c.Name == name);

    internal double Scale => Tolerance.Scale([Init, .. Policies, Slerp]);
}
