using Spectre.Console;
using Warp.Quickstart;

namespace Warp.Tests;

/// <summary>The whole program, small enough to run in seconds.</summary>
internal sealed class Miniature : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"quickstart-{Path.GetRandomFileName()}");

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public string File(string name) => Path.Combine(Folder, name);

    public Task<int> RunAsync(ulong seed, CancellationToken cancellationToken, string? checkpoint = null, TextWriter? output = null) => QuickstartProgram.RunAsync(
        new QuickstartOptions
        {
            Out = Folder,
            Checkpoint = checkpoint,
            Seed = seed,
            Iterations = 2,
            Steps = 2,
            Reviews = 128,
            SftEpochs = 1,
            HeldOutPrompts = 16,
            PreferencePairs = 40,
            HeldOutPairs = 10,
            RewardEpochs = 1,
            FrontEtas = [0, 0.5, 1],
        },
        NewConsole(),
        output ?? _output,
        _error,
        TimeProvider.System,
        cancellationToken);

    public Task<int> RunCommandAsync(params string[] args) =>
        QuickstartCommand.RunAsync(args, NewConsole(), _output, _error, TimeProvider.System, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private IAnsiConsole NewConsole() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(_output),
    });
}
