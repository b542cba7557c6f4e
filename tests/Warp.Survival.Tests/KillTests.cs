using System.Globalization;

namespace Warp.Tests;

/// <summary>A process that is killed at any moment, started again until it ends, leaves the bytes of one that was left alone.</summary>
public sealed class KillTests
{
    private const int Kills = 25;
    private const int LongestPatience = 6;
    private const int LongestDelayMs = 20;

    // After what the kill comes: opening, a step, a save, a merge, an interpolation, a point of the front.
    private static readonly string[] Places = ["open", "step", "step", "log 302", "log 302", "stage Merging", "stage Interpolating", "stage Front"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_random_moments_it_ends_with_the_same_bytes()
    {
        // eng/kill-test.sh sets these.
        var kills = int.Parse(Environment.GetEnvironmentVariable("WARP_KILLS") ?? $"{Kills}", CultureInfo.InvariantCulture);
        var random = new RandomStream(ulong.Parse(Environment.GetEnvironmentVariable("WARP_KILL_SEED") ?? "1", CultureInfo.InvariantCulture));
        using var results = new TemporaryFolder();
        var expected = await UndisturbedAsync(results.File("expected"));

        var places = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var halfWritten = 0;
        for (var (killed, loops) = (0, 0); killed < kills; loops++)
        {
            using var folder = new TemporaryFolder();
            var result = results.File($"result-{loops}");
            var interval = 1 + random.NextInt32(3);
            while (!File.Exists(result))
            {
                using var survivor = Survivor.Start(result, folder.Path, interval);
                if (killed < kills && await KilledAsync(survivor, random) is { } place)
                {
                    killed++;
                    halfWritten += Directory.EnumerateFiles(folder.Path, ".*.tmp", SearchOption.AllDirectories).Any() ? 1 : 0;
                    places[place] = places.GetValueOrDefault(place) + 1;
                    continue;
                }

                await survivor.EndAsync(Token);
                Assert.True(survivor.ExitCode == 0, await survivor.ErrorsAsync());
            }

            Assert.Equal(expected, await File.ReadAllTextAsync(result, Token));
        }

        TestContext.Current.SendDiagnosticMessage($"{kills} kills, {halfWritten} of them in the middle of a file: {string.Join(", ", places.Select(p => $"{p.Value} after '{p.Key}'"))}");
        Assert.True(places.Count > 1, "All kills came at the same place.");
    }

    [Fact]
    public async Task A_second_process_is_refused_and_the_lock_of_a_killed_one_is_not_in_the_way()
    {
        using var folder = new TemporaryFolder();
        using var results = new TemporaryFolder();
        using (var first = Survivor.Start(results.File("first"), folder.Path))
        {
            while (await first.NextAsync(Token) is { } line && line != "open")
            {
            }

            using var second = Survivor.Start(results.File("second"), folder.Path);
            await second.EndAsync(Token);
            Assert.Equal(3, second.ExitCode);
            var message = await second.ErrorsAsync();
            Assert.Contains($"'{folder.Path}' is in use by process ", message, StringComparison.Ordinal);
            first.Kill();
        }

        using var third = Survivor.Start(results.File("third"), folder.Path);
        await third.EndAsync(Token);
        Assert.Equal(0, third.ExitCode);
        Assert.Contains(third.Said, line => line.StartsWith("log 304 ", StringComparison.Ordinal));
        Assert.Equal(await UndisturbedAsync(results.File("expected")), await File.ReadAllTextAsync(results.File("third"), Token));
    }

    private static async Task<string> UndisturbedAsync(string result)
    {
        using var survivor = Survivor.Start(result);
        await survivor.EndAsync(Token);
        Assert.True(survivor.ExitCode == 0, await survivor.ErrorsAsync());
        return await File.ReadAllTextAsync(result, Token);
    }

    /// <summary>Kills it a little after a random line; gives the kind of that line, or null if it ended before.</summary>
    private static async Task<string?> KilledAsync(Survivor survivor, RandomStream random)
    {
        var place = Places[random.NextInt32(Places.Length)];
        for (var patience = random.NextInt32(LongestPatience); patience >= 0;)
        {
            if (await survivor.NextAsync(Token) is not { } line || line == "done")
                return null;
            if (line.StartsWith(place, StringComparison.Ordinal))
                patience = place.StartsWith("st", StringComparison.Ordinal) || place == "log 302" ? patience - 1 : -1;
        }

        await Task.Delay(random.NextInt32(LongestDelayMs), Token);
        survivor.Kill();
        await survivor.EndAsync(Token);
        return survivor.ExitCode == 0 ? null : place;
    }
}
