using Microsoft.Extensions.Logging;

namespace Warp.Dashboard;

/// <summary>Shows warnings, and that a checkpoint was found.</summary>
internal sealed class WarningLog(Board board) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning || eventId.Id == 301)
            board.Warn(formatter(state, exception));
    }
}
