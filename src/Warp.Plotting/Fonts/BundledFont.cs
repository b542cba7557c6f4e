using ScottPlot;
using SkiaSharp;

namespace Warp.Plotting.Fonts;

/// <summary>
/// The font of all text. It travels with the assembly, so that pictures look alike on every machine, those without any font included.
/// </summary>
internal static class BundledFont
{
    /// <summary>The name by which ScottPlot asks for it; not "Inter", so that an installed Inter of another version is not taken instead.</summary>
    internal const string Name = "Inter of Warp.Plotting";

    private static readonly Lazy<SKData> RegularData = new(() => SKData.CreateCopy(InterResources.Read("Inter-Regular.ttf")));
    private static readonly Lazy<SKData> SemiBoldData = new(() => SKData.CreateCopy(InterResources.Read("Inter-SemiBold.ttf")));
    private static readonly Lazy<bool> Registration = new(Register);

    /// <summary>Makes the font known to ScottPlot, once per process.</summary>
    internal static void EnsureRegistered() => _ = Registration.Value;

    /// <summary>A typeface that the caller disposes.</summary>
    internal static SKTypeface Create(bool bold) => SKTypeface.FromData((bold ? SemiBoldData : RegularData).Value);

    private static bool Register()
    {
        ScottPlot.Fonts.FontResolvers.Insert(0, new Resolver());
        return true;
    }

    private sealed class Resolver : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing width) =>
            fontName == Name ? Create(weight >= FontWeight.SemiBold) : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? Create(bold) : null;
    }
}
