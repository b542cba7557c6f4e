using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Warp;

/// <summary>
/// A folder of checkpoints, from which a <see cref="WarpLoop"/> goes on after its process has ended in whatever way, with the result that it
/// would have had. The format is described in <c>docs/checkpoints.md</c>.
/// </summary>
/// <remarks>
/// <para>
/// Contents lie in files named by the SHA-256 of their bytes; a manifest names them, and exists once it has been renamed into place. What is
/// found damaged on opening is set aside as <c>*.damaged</c>, with a warning, and the checkpoint before it is used.
/// </para>
/// <para>Weights are copied to main memory by whoever saves, and written on a thread of the store. One process at a time may open a folder.</para>
/// </remarks>
public sealed class CheckpointStore : IDisposable
{
    private readonly CheckpointStoreOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly StoreLock _lock;
    private readonly StoreFiles _files;
    private readonly StoreWriter _writer;
    private readonly StoreRetention _retention;
    private readonly SortedDictionary<string, string> _versions;
    private readonly ConcurrentDictionary<string, bool> _saved = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _removed = new(StringComparer.Ordinal);
    private volatile SortedDictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private SortedDictionary<string, string> _settings = new(StringComparer.Ordinal);
    private int _number;
    private bool _disposed;

    private CheckpointStore(string folder, CheckpointStoreOptions options, ILogger logger, TimeProvider time, StoreLock @lock)
    {
        (Folder, _options, _logger, _time, _lock) = (folder, options, logger, time, @lock);
        _files = new StoreFiles(folder, options.CreateFile);
        _retention = new StoreRetention(_files, options);
        _writer = new StoreWriter(batch => Telemetry.InSpan("warp.save", [new("warp.event", batch.Event)], () => Write(batch), batch.Cause));
        _versions = Versions();
        if (@lock.Stale is { } stale)
            Log.StaleLock(logger, folder, stale);
        Resume();
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Whether there was a checkpoint to go on from when the store was opened.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Opens a folder, which is made if it does not exist, and finds its newest whole checkpoint. Every byte of that is read once.</summary>
    /// <param name="folder">The folder. It should hold nothing else.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="logger">Receives messages; null for none.</param>
    /// <param name="time">The clock of the times in manifests; null for the system's.</param>
    /// <returns>The store. The caller disposes it, after the loop.</returns>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    /// <exception cref="CheckpointStoreException">Another process holds the folder, it cannot be written, or no checkpoint in it is whole.</exception>
    public static CheckpointStore Open(string folder, CheckpointStoreOptions? options = null, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new CheckpointStoreOptions();
        options.Validate();
        time ??= TimeProvider.System;
        StoreLock? @lock = null;
        try
        {
            folder = Path.GetFullPath(folder);
            Directory.CreateDirectory(folder);
            @lock = StoreLock.Take(folder, time);
            return new CheckpointStore(folder, options, logger ?? NullLogger.Instance, time, @lock);
        }
        catch (Exception failure)
        {
            @lock?.Dispose();
            if (failure is CheckpointStoreException || failure is not (IOException or UnauthorizedAccessException))
                throw;
            throw new CheckpointStoreException(
                $"The checkpoint folder '{folder}' cannot be used: {Sentence.Of(failure.Message)} Give a folder that can be written, on a disk with room for a few times the weights.", failure);
        }
    }

    /// <summary>Compares settings of the caller's with those of the checkpoint, and keeps them. <see cref="WarpLoop"/> does so with its own.</summary>
    /// <param name="owner">Whose they are: a word that precedes their names.</param>
    /// <param name="settings">An object; every property counts, the nested ones too. It must be possible to write it as JSON.</param>
    /// <exception cref="SettingsChangedException">Settings differ; all differences are listed.</exception>
    public void RequireSettings(string owner, object settings)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(owner);
        ArgumentNullException.ThrowIfNull(settings);
        RequireSettings($"{owner}.", SettingsList.Of(settings));
    }

    /// <summary>Does a piece of work once: its outcome is saved, and given back from then on, in this process or a later one. For weights there is <see cref="TrainOnceAsync"/>.</summary>
    /// <typeparam name="T">Something that can be written as JSON and read back without loss.</typeparam>
    /// <param name="name">A name of its own.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The outcome.</returns>
    /// <exception cref="CheckpointStoreException">Something could not be written.</exception>
    public async Task<T> OnceAsync<T>(string name, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(work);
        if (TryGet<T>(name, out var done))
            return done!;
        var outcome = await work(cancellationToken).ConfigureAwait(false);
        Save(new StoreBatch(name).Set(name, outcome));
        return outcome;
    }

    /// <summary>Trains weights once: they and the outcome are saved, and later put back in place of training, in this process or another.</summary>
    /// <typeparam name="T">Something that can be written as JSON and read back without loss.</typeparam>
    /// <param name="name">A name of its own.</param>
    /// <param name="weights">What the work changes; float or other types, on any device.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The outcome.</returns>
    /// <exception cref="ArgumentException">What was saved under the name came without weights, by <see cref="OnceAsync"/>.</exception>
    /// <exception cref="ParameterMismatchException">What was saved under the name are weights of another layout; all differences are listed.</exception>
    /// <exception cref="CheckpointStoreException">Something could not be written.</exception>
    public async Task<T> TrainOnceAsync<T>(string name, ParameterSet weights, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(work);
        if (TryGet<T>(name, out var done))
        {
            using var saved = Tensors($"{name}/weights") ?? throw new ArgumentException($"'{name}' was saved without weights; choose another name.", nameof(name));
            weights.CopyFrom(saved, "the weights", "the checkpoint");
            return done!;
        }

        var outcome = await work(cancellationToken).ConfigureAwait(false);
        Save(new StoreBatch(name).Set(name, outcome).Set($"{name}/weights", weights.Clone(device: TorchSharp.torch.CPU)));
        return outcome;
    }

    /// <summary>Reads what <see cref="OnceAsync"/> saved.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="outcome">The outcome.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="CheckpointStoreException">Something could not be written.</exception>
    public bool TryGet<T>(string name, out T? outcome)
    {
        outcome = default;
        if (Find(name) is not { } entry)
            return false;
        outcome = entry.Value is { } value
            ? value.Deserialize<T>(StoreJson.Compact)
            : JsonSerializer.Deserialize<T>(File.ReadAllBytes(_files.PathOf(entry)), StoreJson.Compact);
        return true;
    }

    /// <summary>Keeps the state of a run: give it to <see cref="ReinforceTrainer.States"/> or <see cref="IResumableExecutor"/>.</summary>
    /// <param name="name">A name of its own.</param>
    public IRunStateStore Run(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new StoredRun(this, name, _options.Interval);
    }

    /// <summary>The same, with something more to say at each save.</summary>
    internal IRunStateStore RunSaying(string name, Action<StoreBatch> also) => new StoredRun(this, name, _options.Interval, also);

    /// <summary>Removes what was saved under a name, or the state of a run; no error if there is none.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="CheckpointStoreException">Something could not be written.</exception>
    public void Forget(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (Find(name) is not null || Find($"{name}/progress") is not null)
            Save(new StoreBatch($"{name}, forgotten").RemoveAll(name));
    }

    /// <summary>Waits until everything that was saved is on disk.</summary>
    /// <exception cref="CheckpointStoreException">Something could not be written.</exception>
    public Task FlushAsync() => _writer.FlushAsync();

    /// <summary>Writes what still waits, and lets go of the folder.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            _writer.FlushAsync().GetAwaiter().GetResult();
        }
        catch (CheckpointStoreException failure)
        {
            Log.SaveFailed(_logger, Folder, failure); // Whoever saved has been told; here it is only the last word.
        }
        finally
        {
            _lock.Dispose();
        }
    }

    /// <summary>Enqueues a batch, which the store takes over.</summary>
    internal void Save(StoreBatch batch)
    {
        if (_disposed)
        {
            batch.Dispose();
            ObjectDisposedException.ThrowIf(_disposed, this);
        }

        foreach (var (name, _) in batch.Changes)
            _saved.TryAdd(name, true);
        foreach (var name in batch.Removed)
            _removed.TryAdd(name, true);
        _writer.Enqueue(batch);
    }

    internal void RequireSettings(string owner, IEnumerable<KeyValuePair<string, string>> settings)
    {
        _writer.FlushAsync().GetAwaiter().GetResult();
        var others = _settings.Where(s => !s.Key.StartsWith(owner, StringComparison.Ordinal)).ToList();
        var saved = Named(_settings.Except(others), owner.Length);
        var now = Named(settings, 0);
        if (saved.Count > 0)
        {
            var differences = SettingsList.Differences(saved, now);
            var refused = differences.Where(d => !_options.AcceptChanges.Any(a => SettingsList.IsWithin(d.Setting, a))).ToList();
            if (refused.Count > 0)
                throw new SettingsChangedException(Folder, refused, [.. _options.AcceptChanges.Where(a => !saved.Keys.Concat(now.Keys).Any(name => SettingsList.IsWithin(name, a)))]);
            foreach (var difference in differences)
                Log.SettingAccepted(_logger, Folder, difference);
        }

        _settings = new(others.Concat(now.Select(s => KeyValuePair.Create(owner + s.Key, s.Value))).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

        static SortedDictionary<string, string> Named(IEnumerable<KeyValuePair<string, string>> settings, int skip) =>
            new(settings.ToDictionary(s => s.Key[skip..], s => s.Value, StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>Weights in the layout of others; null if there are none of that name.</summary>
    internal ParameterSet? Weights(string name, ParameterSet layout)
    {
        if (Find(name) is not { } entry)
            return null;
        using var loaded = Safetensors.Load(_files.PathOf(entry));
        if (ParameterLayout.Differences(layout, loaded, "the policy", "the checkpoint", strict: false).ToList() is { Count: > 0 } differences)
            throw new ParameterMismatchException(differences, layout.Count);
        return layout.Map(t => WeightMath.DetachedCopy(loaded[t.Name].Tensor, device: t.Tensor.device));
    }

    /// <summary>Tensors as they were saved; null if there are none of that name.</summary>
    internal ParameterSet? Tensors(string name) => Find(name) is { } entry ? Safetensors.Load(_files.PathOf(entry)) : null;

    private StoreEntry? Find(string name)
    {
        if (_saved.ContainsKey(name) || _removed.Keys.Any(r => StoreBatch.IsWithin(name, r)))
            _writer.FlushAsync().GetAwaiter().GetResult();
        return _entries.GetValueOrDefault(name);
    }

    // On the writer's thread. What readers see changes once the manifest is on disk.
    private bool Write(StoreBatch batch)
    {
        try
        {
            var entries = new SortedDictionary<string, StoreEntry>(_entries, StringComparer.Ordinal);
            batch.Apply(_files, entries);
            var manifest = new StoreManifest
            {
                Format = StoreManifest.FormatName,
                Version = StoreManifest.FormatVersion,
                Number = ++_number,
                Written = _time.GetUtcNow(),
                Event = batch.Event,
                EndsIteration = batch.EndsIteration,
                Score = batch.Score is { } score && double.IsFinite(score) ? score : null,
                Versions = _versions,
                SettingsHash = SettingsList.Hash(_settings),
                Settings = _settings,
                Entries = entries,
            };
            var name = _files.Write(manifest);
            _entries = entries;
            _retention.Add(name, manifest);
            Log.Saved(_logger, manifest.Number, batch.Event, Folder);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointStoreException(
                $"The checkpoint of '{batch.Event}' could not be written to '{Folder}': {Sentence.Of(failure.Message)} The checkpoint before it is whole: make room or mend the folder, and start again to go on from it.",
                failure);
        }
    }

    private void Resume()
    {
        var manifests = _files.Manifests();
        _number = manifests.Count > 0 ? manifests[0].Number : 0;
        var older = new List<(string Name, StoreManifest Manifest)>();
        foreach (var (name, _) in manifests)
        {
            var (manifest, problem) = _files.Read(name);
            problem ??= IsResumed ? null : manifest!.Files.Select(_files.Problem).FirstOrDefault(p => p is not null);
            if (problem is not null)
            {
                Log.Damaged(_logger, name, Folder, problem);
                _files.SetAside(manifest, name);
                continue;
            }

            older.Add((name, manifest!));
            if (!IsResumed)
                Take(manifest!);
        }

        if (manifests.Count > 0 && !IsResumed)
        {
            throw new CheckpointStoreException(
                $"None of the {manifests.Count} checkpoints in '{Folder}' is whole; they have been set aside as *.damaged. Restore the folder from a copy, or start again to begin anew.");
        }

        if (manifests.Count == 0 && _files.CountSetAside() is > 0 and var damaged)
            Log.BeginsAnew(_logger, Folder, damaged);
        foreach (var (name, manifest) in older.AsEnumerable().Reverse())
            _retention.Know(name, manifest);
    }

    private void Take(StoreManifest manifest)
    {
        IsResumed = true;
        _entries = new(manifest.Entries, StringComparer.Ordinal);
        _settings = new(manifest.Settings, StringComparer.Ordinal);
        Log.Resumed(_logger, Folder, manifest.Number, manifest.Event, manifest.Written);
        foreach (var (name, saved) in manifest.Versions)
        {
            if (_versions.GetValueOrDefault(name) is { } now && now != saved)
                Log.VersionDiffers(_logger, name, saved, now);
        }
    }

    private static SortedDictionary<string, string> Versions() => new(StringComparer.Ordinal)
    {
        ["Warp.Core"] = Version(typeof(CheckpointStore)),
        ["TorchSharp"] = Version(typeof(TorchSharp.torch)),
        [".NET"] = Environment.Version.ToString(),
        ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
        ["vectors"] = Vector512.IsHardwareAccelerated ? "512 bits" : Vector256.IsHardwareAccelerated ? "256 bits" : "128 bits", // torch's sums differ with them
    };

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";
}
