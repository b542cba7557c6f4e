using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Warp.Tests;

/// <summary>Event ids are what filters and alarms of users are made of: none changes, and none means two things.</summary>
public sealed class LogTests
{
    private static readonly (int Id, LogLevel Level, string Name)[] Expected =
    [
        (101, LogLevel.Warning, "KlCeilingReached"),
        (102, LogLevel.Warning, "NothingToLearnFrom"),
        (103, LogLevel.Debug, "StepTaken"),
        (104, LogLevel.Information, "Evaluated"),
        (105, LogLevel.Warning, "StepSkipped"),
        (106, LogLevel.Warning, "RewardRetried"),
        (107, LogLevel.Error, "NotSavedAtLast"),
        (111, LogLevel.Warning, "RunSignature"),
        (112, LogLevel.Warning, "AveragingSignature"),
        (201, LogLevel.Information, "IterationStarted"),
        (202, LogLevel.Information, "IterationFinished"),
        (203, LogLevel.Warning, "MergeWarning"),
        (301, LogLevel.Information, "Resumed"),
        (302, LogLevel.Debug, "Saved"),
        (303, LogLevel.Warning, "Damaged"),
        (304, LogLevel.Information, "StaleLock"),
        (305, LogLevel.Warning, "VersionDiffers"),
        (306, LogLevel.Warning, "SettingAccepted"),
        (307, LogLevel.Error, "SaveFailed"),
        (308, LogLevel.Warning, "BeginsAnew"),
    ];

    [Fact]
    public void Events_keep_their_ids_levels_and_names() => Assert.Equal(
        Expected,
        typeof(WarpLoop).Assembly.GetTypes().SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
            .Select(m => (m.Name, Message: m.GetCustomAttribute<LoggerMessageAttribute>())).Where(m => m.Message is not null)
            .Select(m => (m.Message!.EventId, m.Message.Level, m.Message.EventName ?? m.Name)).OrderBy(m => m.EventId));

    [Fact]
    public void Every_event_is_in_the_guide()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Warp.Core.sln")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests lie outside the repository.");
        var logging = File.ReadLines(Path.Combine(root, "docs", "guide.md")).SkipWhile(l => !l.StartsWith("- **Logging**", StringComparison.Ordinal))
            .TakeWhile(l => !l.StartsWith("- **Metrics", StringComparison.Ordinal));
        var text = string.Join(' ', logging);
        Assert.All(Expected, e => Assert.Matches($@"\b{e.Id}\b", text));
    }
}
