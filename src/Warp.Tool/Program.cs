using System.Runtime.InteropServices;
using System.Text;
using Warp.Tool;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var cancellation = new CancellationTokenSource();

// The first signal lets the work clean up after itself; a second one ends the process at once.
void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = !cancellation.IsCancellationRequested;
    if (!signal.Cancel && !Console.IsErrorRedirected)
        Console.Error.Write("\u001b[?25h"); // Progress had hidden the cursor.
    cancellation.Cancel();
}

static int? TerminalWidth()
{
    try
    {
        return !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var width ? width : null;
    }
    catch (IOException)
    {
        return null; // A terminal that does not tell.
    }
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal); // The terminal was closed.
return await ToolProgram.RunAsync(
    args,
    new ToolConsole(Console.Out, Console.Error) { OutputWidth = TerminalWidth(), ErrorIsTerminal = !Console.IsErrorRedirected },
    cancellation.Token).ConfigureAwait(false);
