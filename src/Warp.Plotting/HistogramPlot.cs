using Warp.Plotting.Drawing;

namespace Warp.Plotting;

/// <summary>Histograms side by side, for instance of the angles between task vectors and between full weights (paper, Fig. 11).</summary>
/// <remarks>
/// Bins are equally wide and span the values; there are about as many as the square root of the number of values, from 5 to 30. Needs no
/// display and no installed fonts. The same input gives the same file.
/// </remarks>
public sealed record HistogramPlot
{
    /// <summary>The title; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>The label of the vertical axes: what is counted. Default "count".</summary>
    public string CountLabel { get; init; } = "count";

    /// <summary>One or more, from left to right.</summary>
    public required IReadOnlyList<HistogramPanel> Panels { get; init; }

    /// <summary>Width, from 400 to 8000 units; texts are 16 to 26 units high. Default 1280.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Height, from 300 to 8000 units. Default 480.</summary>
    public int Height { get; init; } = 480;

    /// <summary>Pixels per unit in a PNG, from 0.25 to 8; moot for SVG. Default 1.5: 1920 × 720 pixels with the default size.</summary>
    public double PixelsPerUnit { get; init; } = 1.5;

    /// <summary>Checks everything that would be drawn.</summary>
    /// <exception cref="ArgumentException">Something cannot be drawn; all of it is listed.</exception>
    public void Validate() => FigureProblems.ThrowIfAny(Problems(), nameof(HistogramPlot));

    /// <summary>Writes a PNG file, replacing what is there.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="ArgumentException">As for <see cref="Validate"/>.</exception>
    public void SavePng(string path) => FigureWriter.Save(path, WritePng);

    /// <summary>Writes an SVG file, replacing what is there.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="ArgumentException">As for <see cref="Validate"/>.</exception>
    public void SaveSvg(string path) => FigureWriter.Save(path, WriteSvg);

    /// <summary>Writes a PNG.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <exception cref="ArgumentException">As for <see cref="Validate"/>.</exception>
    public void WritePng(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Validate();
        FigureWriter.WritePng(Width, Height, PixelsPerUnit, canvas => HistogramDrawing.Draw(canvas, this), stream);
    }

    /// <summary>Writes an SVG. Text stays text: viewers without the font Inter show another sans-serif one.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <exception cref="ArgumentException">As for <see cref="Validate"/>.</exception>
    public void WriteSvg(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Validate();
        FigureWriter.WriteSvg(Width, Height, canvas => HistogramDrawing.Draw(canvas, this), stream);
    }

    private IEnumerable<string> Problems()
    {
        foreach (var problem in FigureProblems.OfSize(Width, Height, PixelsPerUnit))
            yield return problem;
        if (Title is null)
            yield return $"{nameof(Title)} is null; an empty one draws no title";
        if (CountLabel is null)
            yield return $"{nameof(CountLabel)} is null; an empty one draws no label";
        if (Panels is null || Panels.Count == 0)
            yield return "there are no panels; give at least one";
        foreach (var (panel, i) in (Panels ?? []).Select((panel, i) => (panel, i)))
        {
            if (panel?.Label is null || panel.Values is null)
                yield return $"panel {i}: a part is null; give a label and values";
            else if (panel.Values.Any(v => !double.IsFinite(v)))
                yield return $"panel {i} (\"{panel.Label}\"): a value is {panel.Values.First(v => !double.IsFinite(v))}; all must be finite";
        }
    }
}
