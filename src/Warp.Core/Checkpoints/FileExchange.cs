namespace Warp;

/// <summary>
/// Moves prepared files to their final names in a folder, in place of older ones, so that at every instant the disk holds either the old
/// files, under their names or set aside with a note of what goes where, or all of the new ones.
/// </summary>
/// <remarks>
/// <para>
/// A note names both sorts (<c>.exchange</c>); the old files are set aside (<c>.replaced</c>), those first that make a checkpoint of the others;
/// the new ones move in, the one that makes a checkpoint of them last: with it the exchange is done, and only then the old files are deleted.
/// </para>
/// <para>
/// After a failure the exchange is undone at once; after a kill or a loss of power, by the next writer, before it does anything else. Both go
/// by the note and by which files still wait: undoing may itself be interrupted at any point, and repeated.
/// </para>
/// </remarks>
internal static class FileExchange
{
    /// <summary>Where the old files are while the new ones move in; within the folder where the new ones were prepared.</summary>
    internal const string ReplacedFolder = ".replaced";

    private const string NoteFile = ".exchange";
    private const char Separator = '/'; // The one character that no file name has on any system.
    private const int LongestNote = 1 << 24;

    /// <summary>Puts the new files in, all or none.</summary>
    /// <param name="prepared">The folder that holds the new files, on the same disk as the target.</param>
    /// <param name="target">The folder to put them into.</param>
    /// <param name="files">Their names, at least one; the one that makes a checkpoint of the others comes last.</param>
    /// <param name="retired">Names of old files that go even if no new one has their name, in the order in which they are set aside.</param>
    /// <param name="moving">Is called before each step; for tests.</param>
    internal static void Run(string prepared, string target, IReadOnlyList<string> files, IReadOnlyList<string> retired, Action? moving = null)
    {
        if (files is [var only] && retired.All(name => name == only))
        {
            moving?.Invoke();
            File.Move(Path.Combine(prepared, only), Path.Combine(target, only), overwrite: true);
            DurableFolder.Flush(target);
            return;
        }

        var replaced = Path.Combine(prepared, ReplacedFolder);
        var old = retired.Union(files.Where(name => IsThere(Path.Combine(target, name))), StringComparer.Ordinal).ToList();
        CompanionFiles.Write(Path.Combine(prepared, NoteFile), System.Text.Encoding.UTF8.GetBytes(string.Join(Separator, files)));
        Directory.CreateDirectory(replaced);
        DurableFolder.Flush(prepared);
        Move(old, target, replaced, moving);
        Move(files.SkipLast(1), prepared, target, moving);
        Move(files.TakeLast(1), prepared, target, moving);
    }

    /// <summary>Undoes an exchange that has begun and not come to its end. Does nothing if there is none.</summary>
    /// <param name="prepared">The folder that holds the new files.</param>
    /// <param name="target">The folder that they were to be put into.</param>
    internal static void Undo(string prepared, string target)
    {
        if (Note(prepared) is not { } files || !IsThere(Path.Combine(prepared, files[^1])))
            return;

        // New files that have arrived go back first: from then on, what waits under an old name is an old file.
        Move(files.Where(name => !IsThere(Path.Combine(prepared, name)) && IsThere(Path.Combine(target, name))), target, prepared, moving: null);
        var replaced = new DirectoryInfo(Path.Combine(prepared, ReplacedFolder));
        if (replaced is { Exists: true, LinkTarget: null })
            Move(replaced.EnumerateFiles().Select(f => f.Name).OrderBy(CheckpointFolder.IsEntryPoint).ToList(), replaced.FullName, target, moving: null);
        File.Delete(Path.Combine(prepared, NoteFile));
    }

    private static void Move(IEnumerable<string> names, string from, string to, Action? moving)
    {
        foreach (var name in names.ToList())
        {
            moving?.Invoke();
            File.Move(Path.Combine(from, name), Path.Combine(to, name)); // Never over a file: what is in the way is nobody's to delete.
        }

        // What comes next must not reach the disk before this.
        DurableFolder.Flush(from);
        DurableFolder.Flush(to);
    }

    /// <summary>The names of the new files; null when there is no note, or none of ours.</summary>
    private static string[]? Note(string prepared)
    {
        var note = new FileInfo(Path.Combine(prepared, NoteFile));
        if (note is not { Exists: true, LinkTarget: null, Length: > 0 and <= LongestNote })
            return null;
        var files = File.ReadAllText(note.FullName).Split(Separator);
        return Array.TrueForAll(files, name => name.Length > 0 && name is not ("." or "..") && Path.GetFileName(name) == name) ? files : null;
    }

    // A link that leads nowhere is there too.
    private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
