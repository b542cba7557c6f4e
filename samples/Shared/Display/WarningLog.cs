using Microsoft.Extensions.Logging;

namespace Warp.Samples;

/// <summary>Shows the library's warnings and errors, with the run that they come from.</summary>
internal sealed class WarningLog(IDisplay display) : ILogger
{
    private readonly LoggerExternalScopeProvider _scopes = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = formatter(state, exception);
        _scopes.ForEachScope((scope, _) => text = $"{scope}: {text}", text);
        display.Say(text);
    }
}
