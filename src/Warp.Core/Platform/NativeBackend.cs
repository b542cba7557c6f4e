using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Warp;

/// <summary>
/// Makes TorchSharp's native library load on Linux distributions whose C++ runtime is older than the one that the library was built
/// with (Debian 12, Ubuntu 22.04, RHEL 9), and says what to do when no native back end is there at all.
/// </summary>
/// <remarks>
/// <para>
/// TorchSharp 0.107.0's <c>libLibTorchSharp.so</c> asks for the symbol version GLIBCXX_3.4.32 but calls nothing of it. When the normal
/// search has failed, and only then, the handler registered here loads a copy in which that one request is marked as weak. The copy
/// lies in the user's cache folder; the package cache and the output folder are never written.
/// </para>
/// <para>
/// There is nothing to call in a C# program that references the package: its build registers the handler before the first line
/// runs. Programs in other languages call <see cref="Register"/> before their first use of TorchSharp.
/// </para>
/// </remarks>
public static class NativeBackend
{
    private const string LibraryName = "LibTorchSharp";
    private static readonly Lock Gate = new();
    private static bool _registered;
    private static volatile bool _loaded;

    /// <summary>Registers the handler for this process. Calling it again does nothing.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (_registered)
                return;
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => Resolve(name);
            _registered = true;
        }
    }

#pragma warning disable CA2255 // A library that is used before the program's own initializer has run must not depend on it.
    [ModuleInitializer]
    internal static void RegisterWithModule() => Register();
#pragma warning restore CA2255

    /// <summary>Loads TorchSharp's native library now, unless that has happened already.</summary>
    /// <exception cref="NativeBackendException">No native back end can be loaded; the message names the package to reference.</exception>
    public static void EnsureLoaded()
    {
        Register();
        if (_loaded)
            return;

        // Scripts and notebooks run TorchSharp from the package cache, where only its own search can find a back end.
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll")))
            NativeLibrary.Load(LibraryName, typeof(TorchSharp.torch).Assembly, searchPath: null);
        _loaded = true;
    }

    private static nint Resolve(string name)
    {
        if (!string.Equals(name, LibraryName, StringComparison.Ordinal))
            return 0;

        var folders = NativeFolders.Probe();
        var torch = NativeFolders.Find(folders, NativeFolders.TorchLibraryName);

        // The weakened copy lies elsewhere, so what it needs is loaded first, from where the back end (or LD_LIBRARY_PATH) put it.
        if (OperatingSystem.IsLinux()
            && NativeFolders.Find(folders, "libLibTorchSharp.so") is { } shim
            && NativeLibrary.TryLoad(torch ?? NativeFolders.TorchLibraryName, out _)
            && WeakenedShim.LoadCopyOf(shim) is var handle and not 0)
        {
            return handle;
        }

        throw new NativeBackendException(torch is null
            ? $"No native back end of TorchSharp was found (looked for {NativeFolders.TorchLibraryName} in: {string.Join(", ", folders)}). "
              + $"Add a reference to one in the program's project: {SuggestedPackages()}."
            : $"TorchSharp's native library could not be loaded from: {string.Join(", ", folders)}. "
              + $"Check that the back end's version fits TorchSharp 0.107.0 (libtorch 2.10.0): {SuggestedPackages()}.");
    }

    private static string SuggestedPackages()
    {
        if (OperatingSystem.IsWindows())
            return "'libtorch-cpu-win-x64' 2.10.0 (CPU) or 'TorchSharp-cuda-windows' 0.107.0 (NVIDIA GPU)";
        if (OperatingSystem.IsMacOS())
            return "'libtorch-cpu-osx-arm64' 2.10.0";
        return "'libtorch-cpu-linux-x64' 2.10.0 (CPU) or 'TorchSharp-cuda-linux' 0.107.0 (NVIDIA GPU)";
    }
}
