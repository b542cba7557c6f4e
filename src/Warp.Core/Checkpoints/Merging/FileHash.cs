using System.Buffers;
using System.Security.Cryptography;

namespace Warp;

/// <summary>
/// The SHA-256 of a file of which some bytes pass by on their way elsewhere: those that come in the file's order are not read again.
/// </summary>
internal sealed class FileHash : IDisposable
{
    /// <summary>What lies between two ranges that pass by is read for the hash alone if it is no longer than this.</summary>
    private const long LongestGap = 64L << 20;

    private const int BufferBytes = 1 << 20;

    private readonly SafetensorsReader _file;
    private readonly IncrementalHash? _hash;
    private long _position;

    /// <param name="file">The file.</param>
    /// <param name="dryRun">Whether only to count the bytes to be read.</param>
    internal FileHash(SafetensorsReader file, bool dryRun)
    {
        _file = file;
        _hash = dryRun ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>Takes a range that passes by.</summary>
    /// <param name="at">Where it begins in the file.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="bytes">The bytes themselves; empty in a dry run.</param>
    /// <param name="cancellationToken">Ends the reading of gaps.</param>
    /// <returns>How many further bytes were read.</returns>
    internal long Pass(long at, long length, ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        if (at + length <= _position || at - _position > LongestGap)
            return 0;
        var gap = at > _position ? ReadTo(at, read: null, cancellationToken) : 0;
        _hash?.AppendData(bytes[(int)(_position - at)..]);
        _position = at + length;
        return gap;
    }

    /// <summary>Reads what has not passed by.</summary>
    /// <param name="read">Is told how many bytes each step has read.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    /// <returns>How many bytes were read.</returns>
    internal long Finish(Action<long>? read, CancellationToken cancellationToken) => ReadTo(_file.FileBytes, read, cancellationToken);

    /// <summary>The file's name and its hash, in lower-case hexadecimal digits.</summary>
    internal KeyValuePair<string, string> Result() => KeyValuePair.Create(Path.GetFileName(_file.FilePath), Convert.ToHexStringLower(_hash!.GetHashAndReset()));

    public void Dispose() => _hash?.Dispose();

    private long ReadTo(long end, Action<long>? read, CancellationToken cancellationToken)
    {
        var bytes = end - _position;
        if (_hash is null)
        {
            _position = end;
            return bytes;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferBytes, Math.Max(1, bytes)));
        try
        {
            while (_position < end)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var block = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - _position));
                _file.ReadRaw(_position, block);
                _hash.AppendData(block);
                _position += block.Length;
                read?.Invoke(block.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return bytes;
    }
}
