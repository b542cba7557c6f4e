namespace Warp.Samples;

/// <summary>Shows what is going on.</summary>
internal interface IDisplay
{
    /// <summary>A piece of work with a known number of steps begins. May be called from several threads.</summary>
    IProgressLine Begin(string name, int steps);

    /// <summary>Says something once.</summary>
    void Say(string text);
}

/// <summary>The line of one piece of work.</summary>
internal interface IProgressLine
{
    /// <summary>A step was taken.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="details">What it measured, in a few words.</param>
    /// <param name="left">The time left; null estimates it from the steps taken.</param>
    void Report(int step, string details, TimeSpan? left = null);

    void End(string summary);
}
