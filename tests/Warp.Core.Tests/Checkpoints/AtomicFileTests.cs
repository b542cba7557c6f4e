namespace Warp.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("target");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_file_appears_whole()
    {
        AtomicFile.Write(Path, stream =>
        {
            stream.Write([1, 2]);
            Assert.False(File.Exists(Path));
            stream.Write([3]);
        });
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_was_there_stays_until_the_rename()
    {
        File.WriteAllBytes(Path, [9]);
        AtomicFile.Write(Path, stream =>
        {
            stream.Write([1]);
            Assert.Equal([9], File.ReadAllBytes(Path));
        });
        Assert.Equal([1], File.ReadAllBytes(Path));
    }

    [Fact]
    public void A_failure_leaves_what_was_there_and_nothing_else()
    {
        File.WriteAllBytes(Path, [9]);
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.Write(Path, stream =>
        {
            stream.Write([1]);
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal([9], File.ReadAllBytes(Path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_target_that_cannot_be_replaced_leaves_nothing_behind()
    {
        Directory.CreateDirectory(Path);
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(Path, stream => stream.Write([1])));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("target/", "is a folder; give the path of the file itself")]
    [InlineData("missing/w.safetensors", "does not exist, so that")]
    public void A_place_that_cannot_be_written_to_is_told_as_it_was_given(string name, string why)
    {
        Directory.CreateDirectory(Path);
        var failure = Assert.ThrowsAny<IOException>(() => AtomicFile.Write(_folder.File(name), stream => stream.Write([1])));
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"'{_folder.File(name)}'", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", failure.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_that_may_not_be_written_to_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Permissions of folders do not bind this user.");
        Directory.CreateDirectory(Path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var file = System.IO.Path.Combine(Path, "w");
        var failure = Assert.Throws<UnauthorizedAccessException>(() => AtomicFile.Write(file, stream => stream.Write([1])));
        Assert.Equal($"The folder '{Path}' may not be written to, so that '{file}' cannot be written; give another place.", failure.Message);
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_by_the_next_write()
    {
        Directory.CreateDirectory(_folder.File(".target.warp-partial"));
        File.WriteAllBytes(System.IO.Path.Combine(_folder.File(".target.warp-partial"), "target"), [7, 7]);
        File.WriteAllBytes(Path, [9]);
        AtomicFile.Write(Path, stream =>
        {
            stream.Write([1]);
            Assert.Equal([_folder.File(".target.warp-partial"), Path], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
        });
        Assert.Equal([1], File.ReadAllBytes(Path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Two_writes_at_a_time_are_refused()
    {
        AtomicFile.Write(Path, stream =>
        {
            stream.Write([1]);
            var failure = Assert.Throws<IOException>(() => AtomicFile.Write(Path, other => other.Write([2])));
            Assert.Contains($"'{Path}' is being written by another process", failure.Message, StringComparison.Ordinal);
        });
        Assert.Equal([1], File.ReadAllBytes(Path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }
}
