using System.Globalization;

namespace Warp.Tool.Output;

/// <summary>Numbers as people read them, the same in every culture.</summary>
internal static class Numbers
{
    /// <summary>A size in powers of 1000, as Hugging Face counts: "1.2 GB".</summary>
    internal static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000_000 => Text($"{bytes / 1e12:0.0} TB"),
        >= 1_000_000_000 => Text($"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => Text($"{bytes / 1e6:0.0} MB"),
        >= 1_000 => Text($"{bytes / 1e3:0.0} KB"),
        _ => Text($"{bytes} B"),
    };

    /// <summary>A count with thousands apart: "1,234".</summary>
    internal static string Count(long count) => Text($"{count:N0}");

    /// <summary>An angle of at least 0 with four digits, or a dash.</summary>
    internal static string Angle(double? degrees) => degrees switch
    {
        null => "–",
        0 => "0°",
        < 1e-4 => Text($"{degrees:0.000E+0}°"),
        { } d => d.ToString($"F{3 - (int)Math.Floor(Math.Log10(d))}", CultureInfo.InvariantCulture) + "°",
    };

    /// <summary>A norm or a ratio with four digits, or a dash.</summary>
    internal static string Measure(double? value) => value is { } v ? Text($"{v:G4}") : "–";

    /// <summary>A setting, with all its digits and never with an exponent: "0.3".</summary>
    internal static string Setting(double value) => (value + 0.0).ToString("0.###############################", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
