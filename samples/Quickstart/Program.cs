using Spectre.Console;
using Warp.Quickstart;

return await QuickstartCommand.RunAsync(args, AnsiConsole.Console, Console.Out, Console.Error, TimeProvider.System);
