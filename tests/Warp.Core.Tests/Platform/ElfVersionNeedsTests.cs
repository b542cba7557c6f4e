namespace Warp.Tests;

public sealed class ElfVersionNeedsTests
{
    [Fact]
    public void Only_the_flag_of_the_version_changes()
    {
        var (image, flags) = ElfImage.WithNeeds(["GLIBC_2.2.5", "GLIBC_2.34"], ["GLIBCXX_3.4", "GLIBCXX_3.4.32", "GLIBCXX_3.4.3"], ["GCC_3.0"]);
        var expected = image.ToArray();
        expected[flags[3]] |= 0x2;
        Assert.True(ElfVersionNeeds.TryWeaken(image, "GLIBCXX_3.4.32"));
        Assert.Equal(expected, image);
        Assert.True(ElfVersionNeeds.TryWeaken(image, "GLIBCXX_3.4.32"));
        Assert.Equal(expected, image);
    }

    [Fact]
    public void Every_library_that_asks_for_it_is_weakened()
    {
        var (image, flags) = ElfImage.WithNeeds(["V_1"], ["V_2", "V_1"]);
        Assert.True(ElfVersionNeeds.TryWeaken(image, "V_1"));
        Assert.Equal([3, 1, 3], flags.Select(f => (int)image[f]));
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("GLIBCXX_3.4.321")]
    [InlineData("LIBCXX_3.4.32")]
    public void Another_version_is_left_alone(string version)
    {
        var (image, _) = ElfImage.WithNeeds(["GLIBCXX_3.4.32"]);
        var before = image.ToArray();
        Assert.False(ElfVersionNeeds.TryWeaken(image, version));
        Assert.Equal(before, image);
    }

    [Fact]
    public void What_is_no_such_image_is_left_alone()
    {
        Assert.False(ElfVersionNeeds.TryWeaken([], "V"));
        Assert.False(ElfVersionNeeds.TryWeaken(new byte[100], "V"));
        Assert.False(ElfVersionNeeds.TryWeaken([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1], "V"));
        var (image, _) = ElfImage.WithNeeds(["V"]);
        var narrow = image.ToArray();
        narrow[4] = 1; // 32 bits
        Assert.False(ElfVersionNeeds.TryWeaken(narrow, "V"));
        var bigEndian = image.ToArray();
        bigEndian[5] = 2;
        Assert.False(ElfVersionNeeds.TryWeaken(bigEndian, "V"));
        var without = image.ToArray();
        without[0x3c] = 2; // the section of needs is not counted
        Assert.False(ElfVersionNeeds.TryWeaken(without, "V"));
    }

    [Fact]
    public void TorchSharps_own_library_asks_once_for_the_version_that_older_systems_lack()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library with this need is the Linux one.");
        var path = NativeFolders.Find(NativeFolders.Probe(), "libLibTorchSharp.so");
        Assert.SkipWhen(path is null, "libLibTorchSharp.so is not beside this program.");
        var before = File.ReadAllBytes(path);
        var after = before.ToArray();
        Assert.True(ElfVersionNeeds.TryWeaken(after, "GLIBCXX_3.4.32"));
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToArray();
        Assert.Equal(before[Assert.Single(changed)] | 0x2, after[changed[0]]);
        Assert.Equal(before, File.ReadAllBytes(path));
    }
}
