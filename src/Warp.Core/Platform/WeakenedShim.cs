using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Warp;

/// <summary>Loads a copy of TorchSharp's native library that does not insist on a C++ runtime newer than the system's.</summary>
internal static class WeakenedShim
{
    private const string NeededVersion = "GLIBCXX_3.4.32";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <returns>The handle, or 0 when the copy cannot be loaded either.</returns>
    internal static nint LoadCopyOf(string shim)
    {
        var image = File.ReadAllBytes(shim);
        var name = Convert.ToHexStringLower(SHA256.HashData(image).AsSpan(0, 8));
        if (!ElfVersionNeeds.TryWeaken(image, NeededVersion))
            return 0;

        var copy = CachedCopy(image, name);
        if (copy is not null)
            return NativeLibrary.TryLoad(copy, out var cached) ? cached : 0;

        // No cache can be kept (read-only home, say): a private folder for the moment of loading does as well.
        var folder = Directory.CreateTempSubdirectory("warp-core-");
        try
        {
            var path = Path.Combine(folder.FullName, "libLibTorchSharp.so");
            File.WriteAllBytes(path, image);
            return NativeLibrary.TryLoad(path, out var handle) ? handle : 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string? CachedCopy(byte[] image, string name)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (home.Length == 0 || OperatingSystem.IsWindows())
            return null;

        try
        {
            var folder = Path.Combine(home, "warp-core", "native", name);
            var path = Path.Combine(folder, "libLibTorchSharp.so");
            if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(image))
                return path;

            // Several processes may get here at once: each writes a file of its own and renames it into place.
            Directory.CreateDirectory(folder, OwnerOnly);
            var temporary = Path.Combine(folder, $"{Environment.ProcessId}.{Environment.TickCount64}.tmp");
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
