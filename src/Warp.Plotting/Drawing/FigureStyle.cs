using ScottPlot;

namespace Warp.Plotting.Drawing;

/// <summary>Sizes (in units) and colours that all parts of a figure share.</summary>
internal static class FigureStyle
{
    internal const float Margin = 24;
    internal const float TitleSize = 26;
    internal const float LegendSize = 18;
    internal const float AxisLabelSize = 19;
    internal const float TickLabelSize = 16;
    internal const float PointLabelSize = 14;

    internal static readonly Color Text = Color.FromHex("#222222");
    internal static readonly Color Axis = Color.FromHex("#555555");
    internal static readonly Color Grid = Color.FromHex("#E8E8E8");
}
