using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Warp;

/// <summary>The files of a store: contents named by the SHA-256 of their bytes, and manifests with theirs in the name.</summary>
internal sealed partial class StoreFiles
{
    private const string ContentFolder = "files";
    private const string Damaged = ".damaged";
    private const string Temporary = ".tmp";
    private const int BufferBytes = 1 << 20;

    private readonly string _folder;
    private readonly string _contents;
    private readonly Func<string, Stream> _create;
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);

    internal StoreFiles(string folder, Func<string, Stream> create)
    {
        (_folder, _contents, _create) = (folder, Path.Combine(folder, ContentFolder), create);
        Directory.CreateDirectory(_contents);
        foreach (var left in Directory.EnumerateFiles(folder, $".*{Temporary}").Concat(Directory.EnumerateFiles(_contents, $".*{Temporary}")).ToList())
        {
            if (TemporaryName().IsMatch(Path.GetFileName(left)))
                File.Delete(left);
        }
    }

    internal string PathOf(StoreEntry entry) => Path.Combine(_contents, entry.File!);

    /// <summary>Writes a content and gives it the name of its hash. What is there already is not written again.</summary>
    internal StoreEntry Write(string extension, Action<ByteSink> write)
    {
        var temporary = Path.Combine(_contents, $".{Path.GetRandomFileName()}{Temporary}");
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var length = 0L;
            using (var stream = _create(temporary))
            {
                write(bytes =>
                {
                    hash.AppendData(bytes);
                    stream.Write(bytes);
                    length += bytes.Length;
                });
                Flush(stream);
            }

            var entry = new StoreEntry { File = Convert.ToHexStringLower(hash.GetHashAndReset()) + extension, Bytes = length };
            if (Problem(entry) is null)
            {
                File.Delete(temporary);
            }
            else
            {
                File.Move(temporary, PathOf(entry), overwrite: true);
                DurableFolder.Flush(_contents);
            }

            _whole.Add(entry.File);
            return entry;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>What is wrong with a content; null if its bytes are those that its name promises.</summary>
    internal string? Problem(StoreEntry entry)
    {
        if (_whole.Contains(entry.File!))
            return null;
        var file = new FileInfo(PathOf(entry));
        if (!file.Exists)
            return $"'{ContentFolder}/{entry.File}' is missing";
        if (file.Length != entry.Bytes)
            return $"'{ContentFolder}/{entry.File}' has {file.Length} bytes instead of {entry.Bytes}";
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan);
        if (!entry.File!.StartsWith(Convert.ToHexStringLower(SHA256.HashData(stream)), StringComparison.Ordinal))
            return $"the bytes of '{ContentFolder}/{entry.File}' are not those that were written (their SHA-256 is another)";
        _whole.Add(entry.File);
        return null;
    }

    /// <summary>Writes a manifest; with its new name the checkpoint exists.</summary>
    internal string Write(StoreManifest manifest)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, StoreJson.Indented);
        var name = $"manifest-{manifest.Number:000000}-{Convert.ToHexStringLower(SHA256.HashData(bytes))}.json";
        var temporary = Path.Combine(_folder, $".{Path.GetRandomFileName()}{Temporary}");
        try
        {
            using (var stream = _create(temporary))
            {
                stream.Write(bytes);
                Flush(stream);
            }

            File.Move(temporary, Path.Combine(_folder, name), overwrite: true);
            DurableFolder.Flush(_folder);
            return name;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Names and numbers of the manifests, newest first.</summary>
    internal IReadOnlyList<(string Name, int Number)> Manifests() =>
    [
        .. Directory.EnumerateFiles(_folder, "manifest-*").Select(p => Path.GetFileName(p)!)
            .Select(name => (Name: name, Match: ManifestName().Match(name))).Where(m => m.Match.Success)
            .Select(m => (m.Name, int.Parse(m.Match.Groups["number"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)))
            .OrderByDescending(m => m.Item2).ThenBy(m => m.Name, StringComparer.Ordinal),
    ];

    /// <summary>Reads a manifest.</summary>
    /// <returns>The manifest, or what is wrong with it.</returns>
    internal (StoreManifest? Manifest, string? Problem) Read(string name)
    {
        var bytes = File.ReadAllBytes(Path.Combine(_folder, name));
        if (!name.Contains(Convert.ToHexStringLower(SHA256.HashData(bytes)), StringComparison.Ordinal))
            return (null, $"the bytes of '{name}' are not those that were written (their SHA-256 is another)");
        using var document = JsonDocument.Parse(bytes);
        var version = document.RootElement.TryGetProperty("version", out var v) && v.TryGetInt32(out var number) ? number : 0;
        return version == StoreManifest.FormatVersion
            ? (document.Deserialize<StoreManifest>(StoreJson.Compact), null)
            : throw new CheckpointStoreException(
                $"'{name}' in '{_folder}' has version {version} of the checkpoint format; this version of Warp.Core reads {StoreManifest.FormatVersion}. Resume with the version that wrote it, or give another folder.");
    }

    /// <summary>Sets damaged files aside under another name, so that what replaces them may have theirs.</summary>
    internal void SetAside(StoreManifest? manifest, string name)
    {
        foreach (var entry in manifest?.Files ?? [])
        {
            if (Problem(entry) is not null && File.Exists(PathOf(entry)))
                File.Move(PathOf(entry), PathOf(entry) + Damaged, overwrite: true);
        }

        var path = Path.Combine(_folder, name);
        File.Move(path, path + Damaged, overwrite: true);
    }

    /// <summary>How many checkpoints have been set aside.</summary>
    internal int CountSetAside() => Directory.EnumerateFiles(_folder, $"manifest-*{Damaged}").Count();

    internal void DeleteManifest(string name) => File.Delete(Path.Combine(_folder, name));

    /// <summary>Deletes the contents that nobody needs; files of other names are none of ours.</summary>
    internal void Collect(IReadOnlySet<string> needed)
    {
        foreach (var path in Directory.EnumerateFiles(_contents).Where(p => ContentName().IsMatch(Path.GetFileName(p)) && !needed.Contains(Path.GetFileName(p))).ToList())
        {
            File.Delete(path);
            _whole.Remove(Path.GetFileName(path));
        }
    }

    private static void Flush(Stream stream)
    {
        if (stream is FileStream file)
            file.Flush(flushToDisk: true);
        else
            stream.Flush();
    }

    [GeneratedRegex("^manifest-(?<number>[0-9]{6,9})-[0-9a-f]{64}\\.json$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ManifestName();

    // A dot before, and an ending after, what Path.GetRandomFileName gives.
    [GeneratedRegex("^\\.[a-z0-9]{8}\\.[a-z0-9]{3}\\.tmp$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex TemporaryName();

    [GeneratedRegex("^[0-9a-f]{64}\\.(json|safetensors)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ContentName();
}

/// <summary>Takes bytes in order.</summary>
internal delegate void ByteSink(ReadOnlySpan<byte> bytes);
