using Microsoft.Extensions.Logging;

namespace Warp.Dashboard;

/// <summary>Shows warnings, and that a checkpoint was found.</summary>
internal sealed class WarningLog(Board board) : ILogger
{
    private readonly LoggerExternalScopeProvider _scopes = new();

    // The library's scope says which run a message comes from.
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Warning && eventId.Id != 301)
            return;
        var text = formatter(state, exception);
        _scopes.ForEachScope((scope, _) => text = $"{scope}: {text}", text);
        board.Warn(text);
    }
}
