namespace Warp.Plotting;

/// <summary>How the points of a series are drawn.</summary>
public enum FrontSeriesMark
{
    /// <summary>A line through the points, in their order, with a marker on each.</summary>
    LineAndMarkers,

    /// <summary>A line only.</summary>
    Line,

    /// <summary>Markers only.</summary>
    Markers,
}

/// <summary>How much a series should stand out.</summary>
public enum FrontSeriesEmphasis
{
    /// <summary>As it is.</summary>
    Normal,

    /// <summary>Thicker, larger and in front: the series that the picture is about.</summary>
    Strong,

    /// <summary>Paler, thinner and behind: what the others are compared with.</summary>
    Muted,
}
