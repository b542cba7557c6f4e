namespace Warp.Quickstart;

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
    void Report(int step, string details);

    void End(string summary);
}
