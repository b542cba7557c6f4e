using System.IO.Compression;
using System.Xml.Linq;

namespace Warp.Tests;

public sealed class PackageContentTests(PackedPackages packages)
{
    [Fact]
    public void The_core_depends_on_three_packages_and_no_native_one() =>
        Assert.Equal(["MathNet.Numerics", "Microsoft.Extensions.Logging.Abstractions", "TorchSharp"], Dependencies("Warp.Core"));

    [Fact]
    public void Satellites_depend_on_the_core()
    {
        Assert.Contains("Warp.Core", Dependencies("Warp.Transformers"));
        Assert.Equal(["ScottPlot", "Warp.Core"], Dependencies("Warp.Plotting"));
    }

    [Fact]
    public void Every_package_brings_documentation_readme_and_licence()
    {
        foreach (var name in PackedPackages.Names)
        {
            using var package = Open(name);
            var files = package.Entries.Select(e => e.FullName).ToList();
            Assert.Contains("README.md", files);
            Assert.Contains($"lib/net10.0/{name}.dll", files);
            Assert.Contains($"lib/net10.0/{name}.xml", files);
            Assert.Equal("MIT", Nuspec(name).Descendants().Single(e => e.Name.LocalName == "license").Value);
            Assert.True(File.Exists(Path.Combine(packages.Feed, $"{name}.{packages.Version}.snupkg")));
        }
    }

    [Fact]
    public void The_core_brings_its_build_files()
    {
        using var package = Open("Warp.Core");
        var files = package.Entries.Select(e => e.FullName).ToList();
        Assert.Contains("buildTransitive/Warp.Core.targets", files);
        Assert.Contains("buildTransitive/WarpNativeBackendInitializer.cs", files);
    }

    [Fact]
    public void The_tool_is_one_and_brings_no_native_back_end()
    {
        using var package = Open(PackedPackages.Tool);
        var files = package.Entries.Select(e => e.FullName).ToList();
        using (var readme = new StreamReader(package.GetEntry("README.md")!.Open()))
            Assert.StartsWith("# dotnet warp", readme.ReadToEnd(), StringComparison.Ordinal);
        Assert.Contains("tools/net10.0/any/dotnet-warp.dll", files);
        Assert.DoesNotContain(files, f => f.Contains("torch_cpu", StringComparison.OrdinalIgnoreCase) || f.Contains("libtorch.", StringComparison.OrdinalIgnoreCase));
        using var settings = package.GetEntry("tools/net10.0/any/DotnetToolSettings.xml")!.Open();
        Assert.Equal("dotnet-warp", XDocument.Load(settings).Descendants("Command").Single().Attribute("Name")!.Value);
    }

    private ZipArchive Open(string name) => ZipFile.OpenRead(Path.Combine(packages.Feed, $"{name}.{packages.Version}.nupkg"));

    private XDocument Nuspec(string name)
    {
        using var package = Open(name);
        using var stream = package.GetEntry($"{name}.nuspec")!.Open();
        return XDocument.Load(stream);
    }

    private string[] Dependencies(string name) =>
        [.. Nuspec(name).Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => e.Attribute("id")!.Value).Order(StringComparer.Ordinal)];
}
