using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Warp;

/// <summary>
/// Writes every step and every evaluation of a loop as a line of JSON to a file that only grows. Give it to <see cref="WarpLoop.RunAsync"/> as progress.
/// </summary>
/// <remarks>
/// A loop that goes on from a checkpoint may take some steps again, with the same outcome; what the file has already, durations aside, is not written
/// twice. Should an outcome be another (a reward that is not a function of its input, changed settings), its line follows, and the last of a place
/// counts. A last line that a killed process left unfinished is cut off. Completions are not written.
/// </remarks>
public sealed class MetricsFile : IProgress<WarpProgress>, IDisposable
{
    private static readonly byte[] Beginning = Encoding.UTF8.GetBytes("{\"place\":");

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _lines = [];
    private readonly FileStream _stream;
    private long _end;

    /// <summary>Opens the file, or begins it.</summary>
    /// <param name="path">The file, by habit <c>metrics.jsonl</c>; its folder is made if need be.</param>
    /// <exception cref="IOException">It cannot be opened, or another process writes it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    /// <exception cref="InvalidDataException">It has a line that is not one of these; nothing was changed.</exception>
    public MetricsFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            ReadBack();
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Report(WarpProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var evaluation = value.Step is { } step ? step.Evaluation : value.Evaluation;
        var line = new Line(
            new Place(value.Stage, value.Iteration, value.Run, value.Step?.Step ?? 0, value.Eta),
            value.Elapsed.TotalSeconds,
            value.Step?.Metrics,
            evaluation is null ? null : evaluation with { Rollouts = [] });
        var fingerprint = Fingerprint(line);
        lock (_gate)
        {
            if (_lines.Contains(fingerprint))
                return;
            Append([.. JsonSerializer.SerializeToUtf8Bytes(line, StoreJson.Compact), (byte)'\n']);
            _lines.Add(fingerprint);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private void Append(byte[] bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException)
        {
            _stream.SetLength(_end); // Half a line would spoil the next one.
            _stream.Position = _end;
            throw;
        }

        _end += bytes.Length;
    }

    private void ReadBack()
    {
        var (buffer, text, number) = (new byte[1 << 16], new List<byte>(), 1);
        for (int read; (read = _stream.Read(buffer)) > 0;)
        {
            for (var rest = buffer.AsSpan(0, read); rest.Length > 0; number++)
            {
                var length = rest.IndexOf((byte)'\n');
                text.AddRange(length < 0 ? rest : rest[..length]);
                if (length < 0)
                    break;
                _lines.Add(Fingerprint(Parsed(text) ?? throw NotOurs(number)));
                _end += text.Count + 1;
                text.Clear();
                rest = rest[(length + 1)..];
            }
        }

        // The process ended in the middle of the last line; zeros are what a loss of power may leave in its place.
        var unfinished = text.ToArray().AsSpan().TrimEnd((byte)0);
        if (!unfinished[..Math.Min(unfinished.Length, Beginning.Length)].SequenceEqual(Beginning.AsSpan(0, Math.Min(unfinished.Length, Beginning.Length))))
            throw NotOurs(number);
        _stream.SetLength(_end);
        _stream.Position = _end;

        InvalidDataException NotOurs(int number) => new(
            $"Line {number} of '{_stream.Name}' is not one that {nameof(MetricsFile)} writes; nothing was changed. Give another file, or take that line out.");
    }

    private static Line? Parsed(List<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text.ToArray(), StoreJson.Compact) is { Place: not null } line ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a line says, without how long it took.</summary>
    private static UInt128 Fingerprint(Line line)
    {
        var timeless = line with { Seconds = 0, Metrics = line.Metrics is { } metrics ? metrics with { Duration = default } : null };
        return BitConverter.ToUInt128(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(timeless, StoreJson.Compact)));
    }

    /// <summary>What a line is about.</summary>
    private sealed record Place(WarpStage Stage, int Iteration, int Run, int Step, double? Eta);

    private sealed record Line(Place Place, double Seconds, StepMetrics? Metrics, PolicyEvaluation? Evaluation);
}
