using System.Globalization;
using Warp;
using Warp.Tests;

// Survivor RESULT [FOLDER INTERVAL]: runs a small loop, says what happens a line at a time, and writes the bytes of its outcome to RESULT.
// Exit code 3: the folder cannot be used.
var options = SmallLoop.Options with
{
    Iterations = 3,
    Steps = [12, 8],
    Reinforce = SmallLoop.Options.Reinforce with { EvaluationInterval = 4 },
};
var progress = new SynchronousProgress<WarpProgress>(p => Say(p.Stage == WarpStage.FineTuning ? $"step {p.Iteration} {p.Run} {p.Step!.Step}" : $"stage {p.Stage}"));
try
{
    using var store = args.Length < 3 ? null : CheckpointStore.Open(
        args[1], new CheckpointStoreOptions { Interval = int.Parse(args[2], CultureInfo.InvariantCulture) }, new SayingLogger(Say), new FrozenTime());
    Say("open");
    var outcome = await SmallLoop.RunAsync(store, options, progress: progress, parallel: 2);
    await File.WriteAllTextAsync(args[0], outcome);
    Say("done");
    return 0;
}
catch (CheckpointStoreException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 3;
}

static void Say(string what)
{
    lock (Console.Out)
    {
        Console.Out.WriteLine(what);
        Console.Out.Flush();
    }
}
