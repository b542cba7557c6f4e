namespace Warp;

/// <summary>
/// A folder under a temporary name beside or in the target, in which files are prepared, and from which they are moved to their final names
/// once all of them are whole. Whatever a killed process left under the same temporary name is removed first.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private const string Suffix = ".warp-partial";
    private const string LockFile = ".lock";

    private readonly string _target;
    private readonly IReadOnlyList<string> _createdParents;
    private FileStream? _lock;
    private bool _published;

    private StagingFolder(string path, string target, bool movesAsWhole, IReadOnlyList<string> createdParents, bool foundLeftovers, FileStream @lock)
    {
        FolderPath = path;
        _target = target;
        MovesAsWhole = movesAsWhole;
        _createdParents = createdParents;
        FoundLeftovers = foundLeftovers;
        _lock = @lock;
    }

    /// <summary>Where the files are prepared.</summary>
    internal string FolderPath { get; }

    /// <summary>Whether the folder itself becomes the target; otherwise its files are moved one by one.</summary>
    internal bool MovesAsWhole { get; }

    /// <summary>Whether a killed process had left something there.</summary>
    internal bool FoundLeftovers { get; }

    /// <summary>For one file: <c>.NAME.warp-partial</c> beside it.</summary>
    internal static StagingFolder ForFile(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        return Open(Path.Combine(folder, $".{Path.GetFileName(file)}{Suffix}"), folder, movesAsWhole: false);
    }

    /// <summary>For a folder: <c>.NAME.warp-partial</c> beside it if it does not exist, to be renamed as a whole; else <c>.warp-partial</c> in it.</summary>
    internal static StagingFolder ForFolder(string folder) => Directory.Exists(folder)
        ? Open(Path.Combine(folder, Suffix), folder, movesAsWhole: false)
        : Open(Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}{Suffix}"), folder, movesAsWhole: true);

    /// <summary>Moves the files to their final names.</summary>
    /// <param name="files">In this order: the one that makes a checkpoint of the others comes last.</param>
    internal void Publish(IEnumerable<string> files)
    {
        ReleaseLock(delete: MovesAsWhole);
        if (MovesAsWhole)
        {
            Directory.Move(FolderPath, _target);
            _published = true;
            return;
        }

        var moved = new List<string>();
        try
        {
            foreach (var file in files)
            {
                var name = Path.Combine(_target, file);
                File.Move(Path.Combine(FolderPath, file), name, overwrite: true);
                moved.Add(name);
            }
        }
        catch
        {
            moved.ForEach(File.Delete);
            throw;
        }

        _published = true;
        Directory.Delete(FolderPath, recursive: true);
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

    private static StagingFolder Open(string path, string target, bool movesAsWhole)
    {
        if (new FileInfo(path).LinkTarget is not null)
            File.Delete(path); // The link, not what it leads to.
        var leftovers = Directory.Exists(path);
        var created = MissingParents(path);
        Create(path, target);
        FileStream? @lock = null;
        try
        {
            @lock = Lock(path, target);
            foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos().Where(e => e.Name != LockFile))
            {
                if (entry is DirectoryInfo { LinkTarget: null } folder)
                    folder.Delete(recursive: true);
                else
                    entry.Delete();
            }

            return new(path, target, movesAsWhole, created, leftovers, @lock);
        }
        catch
        {
            @lock?.Dispose();
            throw;
        }
    }

    private static void Create(string path, string target)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new UnauthorizedAccessException($"The folder '{Path.GetDirectoryName(path)}' may not be written to; '{target}' needs it. Give another output.", failure);
        }
    }

    private static FileStream Lock(string path, string target)
    {
        try
        {
            return new FileStream(Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new IOException($"'{target}' is being written by another process, which holds '{path}'; wait for it, or give another output.", failure);
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
