using Microsoft.Extensions.Logging;

namespace Warp.Tests;

/// <summary>Says the id of each message.</summary>
internal sealed class SayingLogger(Action<string> say) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id >= 300)
            say($"log {eventId.Id} {formatter(state, exception)}");
    }
}
