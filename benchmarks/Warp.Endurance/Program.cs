using System.Globalization;
using Warp.Endurance;

var steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0;
switch (args.FirstOrDefault())
{
    case "soak":
        await Soak.RunAsync(steps > 0 ? steps : 2000);
        return 0;
    case "saving":
        await Saving.RunAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync("Give soak [steps] or saving.");
        return 2;
}
