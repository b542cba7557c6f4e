namespace Warp.Tests;

public sealed class NativeFoldersTests
{
    [Fact]
    public void The_programs_own_folder_is_among_them_and_all_exist_once()
    {
        var folders = NativeFolders.Probe();
        Assert.Contains(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), folders);
        Assert.All(folders, f => Assert.True(Directory.Exists(f)));
        Assert.Equal(folders.Count, folders.Distinct().Count());
    }

    [Fact]
    public void The_first_folder_that_has_the_file_is_taken()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        File.WriteAllBytes(second.File("lib"), []);
        Assert.Equal(second.File("lib"), NativeFolders.Find([first.Path, second.Path], "lib"));
        File.WriteAllBytes(first.File("lib"), []);
        Assert.Equal(first.File("lib"), NativeFolders.Find([first.Path, second.Path], "lib"));
        Assert.Null(NativeFolders.Find([first.Path], "none"));
    }
}
