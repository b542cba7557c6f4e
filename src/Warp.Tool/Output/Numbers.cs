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

    /// <summary>An angle with four decimals, or a dash.</summary>
    internal static string Angle(double? degrees) => degrees is { } d ? Text($"{d:0.0000}°") : "–";

    /// <summary>A norm or a ratio with five digits, or a dash.</summary>
    internal static string Measure(double? value) => value is { } v ? Text($"{v:G5}") : "–";

    /// <summary>A setting, with all its digits and never with an exponent: "0.3".</summary>
    internal static string Setting(double value) => (value + 0.0).ToString("0.###############################", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
