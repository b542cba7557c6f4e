using Microsoft.Extensions.Logging;

namespace Warp.Samples;

/// <summary>Shows the library's warnings and errors, and other events that are asked for, with the run that they come from.</summary>
internal sealed class WarningLog(Action<string> show, params int[] others) : ILogger
{
    private readonly LoggerExternalScopeProvider _scopes = new();

    // The library's scope says which run a message comes from.
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (others.Length > 0 ? LogLevel.Information : LogLevel.Warning);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Warning && !others.Contains(eventId.Id))
            return;
        var text = formatter(state, exception);
        _scopes.ForEachScope((scope, _) => text = $"{scope}: {text}", text);
        show(text);
    }
}
