using System.Globalization;

namespace Warp;

/// <summary>Sizes as people write them: <c>5GB</c>, <c>500MB</c>, <c>1.5GiB</c>.</summary>
public static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
        ("B", 1),
    ];

    /// <summary>Reads a size.</summary>
    /// <param name="text">
    /// A positive number, with a decimal point or not, and a unit: B, KB, MB, GB, TB or K, M, G, T (powers of 1000, as Hugging Face counts), or
    /// KiB, MiB, GiB, TiB (powers of 1024), in capitals or not. A fraction of a byte is dropped.
    /// </param>
    /// <returns>Bytes, at least 1.</returns>
    /// <exception cref="FormatException">The text is no size.</exception>
    public static long Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var number = text.AsSpan().Trim();
        var scale = 0L;
        foreach (var (unit, bytes) in Units)
        {
            if (number.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^unit.Length].TrimEnd();
                scale = bytes;
                break;
            }
        }

        // A decimal is exact: 0.1 GB is 100,000,000 bytes.
        if (scale > 0 && decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count <= (decimal)long.MaxValue / scale && count * scale >= 1)
            return (long)(count * scale);
        throw new FormatException(
            scale == 0 && decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)
                ? $"'{text}' has no unit; write it with one, such as 5GB, 500MB or 1.5GiB."
                : $"'{text}' is not a size; give a positive number with a unit, such as 5GB, 500MB or 1.5GiB.");
    }
}
