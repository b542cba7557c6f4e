using System.Text;
using System.Text.Json;

namespace Warp;

/// <summary>
/// Writes every step and every evaluation of a loop as a line of JSON to a file that only grows. Give it to <see cref="WarpLoop.RunAsync"/> as progress.
/// </summary>
/// <remarks>
/// A loop that goes on from a checkpoint may take some steps again, with the same outcome; what the file has already is not written twice. A last
/// line that a killed process left unfinished is cut off. Completions are not written.
/// </remarks>
public sealed class MetricsFile : IProgress<WarpProgress>, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Place, int> _lastSteps = []; // of each run, and of everything that has no steps
    private readonly FileStream _stream;

    /// <summary>Opens the file, or begins it.</summary>
    /// <param name="path">The file, by habit <c>metrics.jsonl</c>; its folder is made if need be.</param>
    /// <exception cref="IOException">It cannot be opened, or another process writes it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public MetricsFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
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
        var place = new Place(value.Stage, value.Iteration, value.Run, value.Step?.Step ?? 0, value.Eta);
        lock (_gate)
        {
            if (!Remember(place))
                return;
            var evaluation = value.Step is { } step ? step.Evaluation : value.Evaluation;
            var line = JsonSerializer.SerializeToUtf8Bytes(
                new Line(place, value.Elapsed.TotalSeconds, value.Step?.Metrics, evaluation is null ? null : evaluation with { Rollouts = [] }), StoreJson.Compact);
            _stream.Write([.. line, (byte)'\n']);
            _stream.Flush();
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private void ReadBack()
    {
        var whole = 0L;
        using (var reader = new StreamReader(_stream, Encoding.UTF8, leaveOpen: true))
        {
            while (reader.ReadLine() is { } text)
            {
                var end = whole + Encoding.UTF8.GetByteCount(text) + 1;
                if (end > _stream.Length || Parsed(text) is not { } line)
                    break; // The process ended in the middle of it.
                Remember(line.Place);
                whole = end;
            }
        }

        _stream.SetLength(whole);
        _stream.Position = whole;
    }

    /// <summary>Whether a place is new.</summary>
    private bool Remember(Place place)
    {
        var key = place with { Step = 0 };
        if (_lastSteps.TryGetValue(key, out var last) && place.Step <= last)
            return false;
        _lastSteps[key] = place.Step;
        return true;
    }

    private static Line? Parsed(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, StoreJson.Compact);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a line is about.</summary>
    private sealed record Place(WarpStage Stage, int Iteration, int Run, int Step, double? Eta);

    private sealed record Line(Place Place, double Seconds, StepMetrics? Metrics, PolicyEvaluation? Evaluation);
}
