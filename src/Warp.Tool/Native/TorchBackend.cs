using System.Runtime.InteropServices;

namespace Warp.Tool.Native;

/// <summary>
/// Finds TorchSharp's native back end, which the tool does not bring because it is half a gigabyte: beside the tool, in a folder that is
/// named, or in NuGet's package cache. Only commands that run models need one.
/// </summary>
internal static class TorchBackend
{
    internal const string OptionName = "--torch";
    internal const string Variable = "WARP_TORCH";

    /// <summary>The version of libtorch that TorchSharp 0.107.0 is built for.</summary>
    internal const string Version = "2.10.0";

    private static string Library => OperatingSystem.IsWindows() ? "torch.dll" : OperatingSystem.IsMacOS() ? "libtorch.dylib" : "libtorch.so";

    /// <summary>The package that has a back end for this system.</summary>
    private static string Package => $"libtorch-cpu-{RuntimeIdentifier}";

    private static string RuntimeIdentifier => OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64";

    /// <summary>Loads a back end into this process.</summary>
    /// <param name="folder">Where it must be; null for what <see cref="Variable"/> says and then for the usual places.</param>
    /// <exception cref="NativeBackendException">There is none; the message says what to do.</exception>
    internal static void Load(string? folder)
    {
        folder ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;
        var library = folder is null ? Find([AppContext.BaseDirectory, .. Probed(), Cached(Caches())]) : Find([folder, Native(folder), Cached(folder)]);
        if (folder is not null && library is null)
            throw new NativeBackendException($"There is no {Library} in '{folder}', which {OptionName} or {Variable} names; give the folder of libtorch {Version}.");
        if (library is null)
            throw new NativeBackendException(Absent());

        // LibTorchSharp, which comes with the tool, looks for it by name and takes the one that is loaded.
        try
        {
            NativeLibrary.Load(library);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeBackendException($"'{library}' cannot be loaded ({failure.Message.Trim()}); give the folder of another libtorch {Version} by {OptionName}.", failure);
        }
        NativeBackend.EnsureLoaded();
    }

    /// <summary>What to do when there is no back end.</summary>
    internal static string Absent() =>
        $"This command runs a model, for which it needs libtorch {Version}, and there is none in NuGet's package cache; run "
        + $"'dotnet package download {Package}@{Version} --output DIR' and give that folder as {OptionName} DIR or in {Variable}.";

    /// <summary>The folder of the back end in a package cache.</summary>
    internal static string Cached(string cache) => Native(Path.Combine(cache, Package, Version));

    private static string Native(string package) => Path.Combine(package, "runtimes", RuntimeIdentifier, "native");

    private static string Caches() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
        ? named
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string[] Probed() => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Find(IEnumerable<string> folders) => folders.Select(f => Path.GetFullPath(Path.Combine(f, Library))).FirstOrDefault(File.Exists);
}
