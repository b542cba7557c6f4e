using System.Runtime.InteropServices;
using System.Text;
using Warp.Tool;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var cancellation = new CancellationTokenSource();

// The first signal lets the work clean up after itself; a second one ends the process at once.
void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal); // The terminal was closed.
return await ToolProgram.RunAsync(
    args,
    new ToolConsole(Console.Out, Console.Error) { OutputIsTerminal = !Console.IsOutputRedirected, ErrorIsTerminal = !Console.IsErrorRedirected },
    cancellation.Token).ConfigureAwait(false);
