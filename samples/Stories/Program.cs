using Spectre.Console;
using Warp.Stories;

return await StoriesCommand.RunAsync(args, AnsiConsole.Console, Console.Out, Console.Error, TimeProvider.System);
