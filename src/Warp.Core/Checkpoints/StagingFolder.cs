namespace Warp;

/// <summary>
/// A folder under a temporary name beside or in the target, in which files are prepared, and from which they are moved to their final names
/// once all of them are whole. Whatever a killed process left under the same temporary name is removed first, after what it had begun to
/// replace has been put back.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private const string Suffix = ".warp-partial";
    private const string LockFile = ".lock";

    private readonly string _target;
    private readonly IReadOnlyList<string> _createdParents;
    private FileStream? _lock;
    private bool _published;

    private StagingFolder(string path, string target, bool movesAsWhole, IReadOnlyList<string> createdParents, FileStream @lock)
    {
        FolderPath = path;
        _target = target;
        MovesAsWhole = movesAsWhole;
        _createdParents = createdParents;
        _lock = @lock;
    }

    /// <summary>Where the files are prepared.</summary>
    internal string FolderPath { get; }

    /// <summary>Whether the folder itself becomes the target; otherwise its files are moved one by one.</summary>
    internal bool MovesAsWhole { get; }

    /// <summary>Is called before each step of <see cref="Publish"/>; for tests.</summary>
    internal Action? Moving { get; set; }

    /// <summary>Where the files of a folder are that a killed process had set aside.</summary>
    internal static string ReplacedIn(string folder) => Path.Combine(folder, Suffix, FileExchange.ReplacedFolder);

    /// <summary>Whether there are any.</summary>
    internal static bool HoldsReplaced(string folder) => Directory.Exists(ReplacedIn(folder)) && Directory.EnumerateFiles(ReplacedIn(folder)).Any();

    /// <summary>For one file: <c>.NAME.warp-partial</c> beside it.</summary>
    internal static StagingFolder ForFile(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        return Open(Path.Combine(folder, $".{Path.GetFileName(file)}{Suffix}"), folder, movesAsWhole: false, output: file);
    }

    /// <summary>For a folder: <c>.NAME.warp-partial</c> beside it if it does not exist, to be renamed as a whole; else <c>.warp-partial</c> in it.</summary>
    internal static StagingFolder ForFolder(string folder) => Directory.Exists(folder)
        ? Open(Path.Combine(folder, Suffix), folder, movesAsWhole: false, output: folder)
        : Open(Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}{Suffix}"), folder, movesAsWhole: true, output: folder);

    /// <summary>Moves the files to their final names: all of them, or none and everything is as it was.</summary>
    /// <param name="files">In this order: the one that makes a checkpoint of the others comes last.</param>
    /// <param name="retired">Files in the target that must go, in the order in which they do.</param>
    internal void Publish(IReadOnlyList<string> files, IReadOnlyList<string> retired)
    {
        if (MovesAsWhole)
        {
            ReleaseLock(delete: true);
            DurableFolder.Flush(FolderPath);
            Moving?.Invoke();
            Directory.Move(FolderPath, _target);
            _published = true;
            DurableFolder.Flush(Path.GetDirectoryName(_target)!);
            return;
        }

        try
        {
            FileExchange.Run(FolderPath, _target, files, retired, Moving);
        }
        catch (Exception failure)
        {
            Undo(failure);
            throw;
        }

        _published = true;
        ReleaseLock(delete: false);
        try
        {
            Moving?.Invoke();
            Directory.Delete(FolderPath, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The output is whole; the next writer to it removes the rest.
        }
    }

    /// <summary>Lets go of it as a killed process would.</summary>
    internal void Abandon()
    {
        ReleaseLock(delete: false);
        _published = true;
    }

    public void Dispose()
    {
        ReleaseLock(delete: false);
        if (_published)
            return;
        _published = true;
        if (Directory.Exists(FolderPath))
            Directory.Delete(FolderPath, recursive: true);
        foreach (var parent in _createdParents)
        {
            if (Directory.Exists(parent) && !Directory.EnumerateFileSystemEntries(parent).Any())
                Directory.Delete(parent);
        }
    }

    private void Undo(Exception failure)
    {
        try
        {
            FileExchange.Undo(FolderPath, _target);
        }
        catch (Exception second) when (second is IOException or UnauthorizedAccessException)
        {
            _published = true; // What is set aside there is not ours to delete.
            throw new IOException(
                $"'{_target}' could be neither replaced ({failure.Message}) nor put back as it was ({second.Message}). Its old files are in "
                + $"'{Path.Combine(FolderPath, FileExchange.ReplacedFolder)}'; the next writer to it puts them back.",
                failure);
        }
    }

    private static StagingFolder Open(string path, string target, bool movesAsWhole, string output)
    {
        if (new FileInfo(path).LinkTarget is not null)
            File.Delete(path); // The link, not what it leads to.
        var created = MissingParents(path);
        Create(path, output);
        FileStream? @lock = null;
        try
        {
            @lock = Lock(path, output);
            if (!movesAsWhole)
                FileExchange.Undo(path, target);
            foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos().Where(e => e.Name != LockFile))
            {
                if (entry is DirectoryInfo { LinkTarget: null } folder)
                    folder.Delete(recursive: true);
                else
                    entry.Delete();
            }

            return new(path, target, movesAsWhole, created, @lock);
        }
        catch
        {
            @lock?.Dispose();
            throw;
        }
    }

    private static void Create(string path, string output)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new UnauthorizedAccessException($"The folder '{Path.GetDirectoryName(path)}' may not be written to, so that '{output}' cannot be written; give another place.", failure);
        }
    }

    private static FileStream Lock(string path, string output)
    {
        try
        {
            return new FileStream(Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new IOException($"'{output}' is being written by another process, which holds '{path}'; wait for it, or give another output.", failure);
        }
    }

    /// <summary>The folders above that do not exist yet, innermost first.</summary>
    private static List<string> MissingParents(string path)
    {
        var missing = new List<string>();
        for (var parent = Path.GetDirectoryName(path); parent is not null && !Directory.Exists(parent); parent = Path.GetDirectoryName(parent))
            missing.Add(parent);
        return missing;
    }

    private void ReleaseLock(bool delete)
    {
        _lock?.Dispose();
        _lock = null;
        if (delete)
            File.Delete(Path.Combine(FolderPath, LockFile));
    }
}
