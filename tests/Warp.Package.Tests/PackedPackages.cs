[assembly: AssemblyFixture(typeof(Warp.Tests.PackedPackages))]

namespace Warp.Tests;

/// <summary>The packages, packed once into a folder of their own, with a version that no cache can know.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
    public static readonly string[] Names = ["Warp.Core", "Warp.Transformers", "Warp.Plotting"];

    /// <summary>The tool's project and its package.</summary>
    public const string ToolProject = "Warp.Tool", Tool = "dotnet-warp";

    /// <summary>A scratch folder outside the repository, so that none of its build files applies.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("warp-packages-").FullName;

    public string Feed => Path.Combine(Folder, "feed");

    public string Version { get; } = $"0.1.0-check{Environment.TickCount64}";

    public static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Warp.Core.sln")))
                folder = folder.Parent ?? throw new InvalidOperationException($"No Warp.Core.sln above {AppContext.BaseDirectory}.");
            return folder.FullName;
        }
    }

    public async ValueTask InitializeAsync()
    {
        foreach (var name in Names.Append(ToolProject))
        {
            await Dotnet.RunAsync(
                Repository, "pack", Path.Combine("src", name), "-c", "Release", "-o", Feed, $"-p:Version={Version}",
                "--artifacts-path", Path.Combine(Folder, "artifacts"), "-nologo", "-v", "quiet");
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
