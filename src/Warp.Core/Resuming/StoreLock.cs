using System.Text.Json;

namespace Warp;

/// <summary>
/// Keeps a second process away from a folder. The lock is one of the operating system on an open file, so it ends with the process that holds it,
/// however that ends; a file beside it says who holds it.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private const string LockFile = "lock";
    private const string HolderFile = "holder.json";

    // What a lock that is taken looks like: EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION on Windows.
    private static readonly int[] Taken = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    private readonly FileStream _lock;
    private readonly string _holder;

    private StoreLock(FileStream @lock, string holder, Holder? stale)
    {
        _lock = @lock;
        _holder = holder;
        Stale = stale;
    }

    /// <summary>Who held the folder and ended without letting go; null if nobody did.</summary>
    internal Holder? Stale { get; }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="CheckpointStoreException">Another process, or another store of this process, has it.</exception>
    internal static StoreLock Take(string folder, TimeProvider time)
    {
        var holder = Path.Combine(folder, HolderFile);
        FileStream stream;
        try
        {
            stream = new FileStream(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (Taken.Contains(failure.HResult))
        {
            throw new CheckpointStoreException(
                $"The checkpoint folder '{folder}' is in use by {Read(holder)?.ToString() ?? "another process"}. Wait for it to end, or give another folder.", failure);
        }

        try
        {
            var stale = Read(holder);
            var now = new Holder(Environment.ProcessId, Environment.MachineName, time.GetUtcNow());
            File.WriteAllText(holder, JsonSerializer.Serialize(now, StoreJson.Compact));
            return new StoreLock(stream, holder, stale);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // The file of the lock stays: removing it would let two processes lock two files of one name.
        try
        {
            File.Delete(_holder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A folder that can no longer be written; the next process will take it for the lock of a killed one, which is in nobody's way.
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static Holder? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Holder>(File.ReadAllText(path), StoreJson.Compact);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // It only names the holder.
        }
    }

    /// <summary>A process that holds a folder.</summary>
    internal sealed record Holder(int ProcessId, string Host, DateTimeOffset Since)
    {
        public override string ToString() => $"process {ProcessId} on {Host}, since {Since:u}";
    }
}
