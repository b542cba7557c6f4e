namespace Warp.Tests;

/// <summary>A console project that knows nothing but the packages, as a user's would.</summary>
public sealed class ConsumerTests(PackedPackages packages)
{
    private const string MergeProgram = """
        // The first statement is plain TorchSharp: the native library must load before any type of Warp.Core is touched.
        using var ones = TorchSharp.torch.ones(3);
        System.Console.WriteLine($"sum {ones.sum().item<float>()}");

        using var init = Set(0, 0);
        using var a = Set(3, 0);
        using var b = Set(0, 3);
        using var merge = new Warp.SlerpMerger().Merge(init, [a, b]);
        System.Console.WriteLine(System.FormattableString.Invariant($"angle {merge.Report.Groups[0].Steps[0].AngleDegrees:0.00} norm {merge.Report.Groups[0].MergedNorm:0.00}"));

        static Warp.ParameterSet Set(float x, float y)
        {
            using var tensor = TorchSharp.torch.tensor(new[] { x, y });
            return Warp.ParameterSet.Copy([new("w", tensor)]);
        }
        """;

    private const string PolicyProgram = """
        try
        {
            using var module = new Missing();
        }
        catch (Warp.NativeBackendException missing)
        {
            System.Console.WriteLine(missing.Message);
        }

        internal sealed class Missing : System.IDisposable
        {
            public Missing() => Warp.NativeBackend.EnsureLoaded();
            public void Dispose() { }
        }
        """;

    private static string CpuBackend =>
        OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";

    [Fact]
    public async Task A_program_that_references_the_package_and_a_back_end_runs()
    {
        var output = await BuildAndRun("merge", MergeProgram, ["Warp.Core"], CpuBackend);
        Assert.Contains("sum 3", output, StringComparison.Ordinal);
        // Two orthogonal task vectors of norm 3: 90°, and a merge of norm 3 (Lemma 1).
        Assert.Contains("angle 90.00 norm 3.00", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_of_the_README_runs_against_the_packages()
    {
        var example = await File.ReadAllTextAsync(
            Path.Combine(PackedPackages.Repository, "samples", "Snippets", "ReadmeExample.cs"), TestContext.Current.CancellationToken);
        var output = await BuildAndRun("example", example, ["Warp.Core", "Warp.Transformers"], CpuBackend);
        Assert.Contains("η = 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_back_end_the_error_names_the_package_to_reference()
    {
        var output = await BuildAndRun("none", PolicyProgram, ["Warp.Core"], backend: null);
        Assert.Contains("No native back end of TorchSharp was found", output, StringComparison.Ordinal);
        Assert.Contains($"'{CpuBackend}' 2.10.0", output, StringComparison.Ordinal);
    }

    private async Task<string> BuildAndRun(string name, string program, string[] references, string? backend)
    {
        var folder = Directory.CreateDirectory(Path.Combine(packages.Folder, name)).FullName;
        // Packages that the machine has already are used where they lie; the new ones go to the scratch folder, not into its cache.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var packageReferences = references.Select(r => $"""<PackageReference Include="{r}" Version="{packages.Version}" />""")
            .Concat(backend is null ? [] : [$"""<PackageReference Include="{backend}" Version="2.10.0" />"""]);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <RestorePackagesPath>{Path.Combine(packages.Folder, "cache")}</RestorePackagesPath>
                <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{packages.Feed}</RestoreAdditionalProjectSources>
                <NoWarn>NU1603</NoWarn>
              </PropertyGroup>
              <ItemGroup>{string.Concat(packageReferences)}</ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program);
        await Dotnet.RunAsync(folder, "build", "-c", "Release", "-o", "out", "-nologo", "-v", "quiet");
        return await Dotnet.RunAsync(folder, Path.Combine("out", $"{name}.dll"));
    }
}
