using System.Runtime.InteropServices;

namespace Warp.Tests;

public sealed class WeakenedShimTests
{
    [Fact]
    public void What_needs_no_weakening_is_not_loaded()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("libLibTorchSharp.so"), new byte[100]);
        Assert.Equal(0, WeakenedShim.LoadCopyOf(folder.File("libLibTorchSharp.so")));
    }

    [Fact]
    public void A_weakened_copy_loads_and_the_original_is_not_touched()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only the Linux library is weakened.");
        var shim = NativeFolders.Find(NativeFolders.Probe(), "libLibTorchSharp.so");
        Assert.SkipWhen(shim is null, "libLibTorchSharp.so is not beside this program.");
        NativeBackend.EnsureLoaded();
        var (before, time) = (File.ReadAllBytes(shim), File.GetLastWriteTimeUtc(shim));
        var handle = WeakenedShim.LoadCopyOf(shim);
        Assert.NotEqual(0, handle);
        Assert.True(NativeLibrary.TryGetExport(handle, "THSTensor_ones", out _));
        Assert.Equal(before, File.ReadAllBytes(shim));
        Assert.Equal(time, File.GetLastWriteTimeUtc(shim));
    }
}
