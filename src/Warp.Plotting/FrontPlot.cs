using Warp.Plotting.Drawing;

namespace Warp.Plotting;

/// <summary>
/// A picture of KL-reward fronts: KL to θ_sft on the horizontal axis, reward on the vertical one, error bars of one standard error in both.
/// A second panel may show another reward of the same policies, for instance a gold score.
/// </summary>
/// <remarks>Needs no display and no installed fonts. The same input gives the same file.</remarks>
public sealed record FrontPlot
{
    /// <summary>The title; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>The label of the horizontal axes. Default "KL to SFT (nats per sequence)".</summary>
    public string KlLabel { get; init; } = "KL to SFT (nats per sequence)";

    /// <summary>One or more, from left to right.</summary>
    public required IReadOnlyList<FrontPanel> Panels { get; init; }

    /// <summary>Width, from 400 to 8000 units; texts are 16 to 26 units high. Default 1280.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Height, from 300 to 8000 units. Default 720.</summary>
    public int Height { get; init; } = 720;

    /// <summary>Pixels per unit in a PNG, from 0.25 to 8; moot for SVG. Default 1.5: 1920 × 1080 pixels with the default size.</summary>
    public double PixelsPerUnit { get; init; } = 1.5;

    /// <summary>A picture with one panel.</summary>
    /// <param name="title">The title; empty for none.</param>
    /// <param name="series">At least one.</param>
    public static FrontPlot Of(string title, params IReadOnlyList<FrontSeries> series) =>
        new() { Title = title, Panels = [new FrontPanel("reward", series)] };

    /// <summary>Checks everything that would be drawn.</summary>
    /// <exception cref="ArgumentException">Something cannot be drawn; all of it is listed, by panel, series and point.</exception>
    public void Validate() => FigureProblems.ThrowIfAny(FrontPlotProblems.Of(this), nameof(FrontPlot));

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
        FigureWriter.WritePng(Width, Height, PixelsPerUnit, canvas => FrontDrawing.Draw(canvas, this), stream);
    }

    /// <summary>Writes an SVG. Text stays text: viewers without the font Inter show another sans-serif one.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <exception cref="ArgumentException">As for <see cref="Validate"/>.</exception>
    public void WriteSvg(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Validate();
        FigureWriter.WriteSvg(Width, Height, canvas => FrontDrawing.Draw(canvas, this), stream);
    }
}
