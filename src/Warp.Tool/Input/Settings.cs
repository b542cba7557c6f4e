using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using static TorchSharp.torch;

namespace Warp.Tool.Input;

/// <summary>The options that commands share, each made anew for each command.</summary>
internal static class Settings
{
    internal const string MaxNewTokensName = "--max-new-tokens";

    private const string Checkpoints = "a .safetensors file or a Hugging Face folder";

    internal static Option<string> Init() => Path("--init", $"θ_init, the start that all share: {Checkpoints}.", "INIT");

    internal static Option<string> Target() => Path("--target", $"The weights at η = 1: {Checkpoints}.", "T");

    internal static Option<string> Out(string description) => Path("--out", description, "OUT");

    internal static Option<string[]> Policies()
    {
        var option = new Option<string[]>("--policies")
        {
            Description = $"The policies, two or more, fine-tuned from θ_init: each {Checkpoints}.",
            HelpName = "A B [C …]",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            Arity = new ArgumentArity(1, 10_000),
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count < 2)
                result.AddError($"--policies has {result.Tokens.Count} {(result.Tokens.Count == 1 ? "value" : "values")}; give two or more, separated by spaces.");
            RefuseBlank(result);
        });
        return option;
    }

    internal static Option<string> Granularity() => Choice("--granularity", "Which tensors share an angle.", ["layer", "tensor", "model"]);

    internal static Option<string> Method() => Choice("--method", "Spherical or linear interpolation of the task vectors.", ["slerp", "lerp"]);

    internal static Option<string> Dtype() => Choice(
        "--dtype",
        "Type of the result; same: each tensor keeps the type that it has in INIT.",
        ["same", "f32", "bf16", "f16"],
        ("float32", "f32"), ("fp32", "f32"), ("float", "f32"), ("bfloat16", "bf16"), ("float16", "f16"), ("fp16", "f16"), ("half", "f16"));

    internal static Option<double?> Lambda() => new("--lambda")
    {
        Description = "λ: share of the second of two policies, from 0 to 1. [default: 0.5; with more policies the recursion with 1/m]",
        HelpName = "L",
        CustomParser = result => Number(result, "--lambda", atMost: 1),
    };

    internal static Option<double?> Liti() => new("--liti")
    {
        Description = "η: moves the merge back towards INIT, from 0 (INIT) to 1. [default: not at all]",
        HelpName = "ETA",
        CustomParser = result => Number(result, "--liti", atMost: null),
    };

    internal static Option<double[]> Etas()
    {
        var option = new Option<double[]>("--eta")
        {
            Description = "η: from 0 (INIT) to 1 (T), one or more values.",
            HelpName = "0.1 0.3 …",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            Arity = new ArgumentArity(1, 10_000),
            CustomParser = result =>
            {
                var values = result.Tokens.Select(t => Number(result, t.Value, "--eta", atMost: null)).OfType<double>().ToArray();
                foreach (var twice in values.GroupBy(v => v).Where(g => g.Count() > 1))
                    result.AddError($"--eta has {Output.Numbers.Setting(twice.Key)} more than once; each would be written to the same place.");
                return values;
            },
        };
        return option;
    }

    internal static Option<bool> Extrapolate() => new("--extrapolate") { Description = "Allows η greater than 1: beyond the weights that were trained." };

    /// <summary>Null for <see cref="CheckpointWriterOptions.DefaultMaxShardBytes"/>.</summary>
    internal static Option<long?> MaxShardSize() => Size("--max-shard-size", "Greatest size of one file of a folder, such as 5GB, 500MB, 1.5GiB. [default: 5GB]", least: "1B");

    /// <summary>Null for <see cref="CheckpointMergeOptions.DefaultMemoryBudget"/>.</summary>
    internal static Option<long?> Memory() => Size(
        "--memory", "About how much memory buffers may take, at least 1MiB; the result does not depend on it. [default: 768MiB]", least: "1MiB");

    internal static Option<bool> Overwrite() => new("--overwrite") { Description = "Replaces an existing output; otherwise it is refused." };

    internal static Option<string> Model() => Path("--model", "A Hugging Face folder: config.json, safetensors files and, for --prompt, a tokenizer.", "DIR");

    internal static Option<string?> Prompt() => new("--prompt") { Description = "The text to continue; the tokenizer's start token goes before it.", HelpName = "TEXT" };

    internal static Option<int[]?> Ids() => new("--ids")
    {
        Description = "The token ids to continue, exactly these.",
        HelpName = "1,2,3",
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            var ids = text.Split(',', StringSplitOptions.TrimEntries).Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : -1).ToArray();
            if (Array.TrueForAll(ids, id => id >= 0))
                return ids;
            result.AddError($"--ids is '{text}'; it must be whole numbers of at least 0 with commas between, such as 1,2,3.");
            return null;
        },
    };

    /// <summary>Null for the default, which depends on the model's positions.</summary>
    internal static Option<int?> MaxNewTokens() => Whole<int>(
        MaxNewTokensName, $"The most tokens to generate, at least 1. [default: {Commands.GenerateCommand.DefaultMaxNewTokens}, or as many as the model has positions for]", "N", least: 1);

    internal static Option<double?> Temperature() => new("--temperature")
    {
        Description = "What logits are divided by; 0 takes the most probable token each time. [default: 0]",
        HelpName = "T",
        CustomParser = result =>
        {
            if (result.Tokens is not [var token])
                return null;
            if (TryNumber(token.Value, out var value) && value >= 0)
                return value;
            result.AddError($"--temperature is '{token.Value}'; it must be a number of at least 0, such as 0.9.");
            return null;
        },
    };

    internal static Option<ulong?> Seed() => Whole<ulong>("--seed", "One seed, one completion. [default: 1]", "S", least: 0);

    internal static Option<bool> IgnoreEnds() => new("--ignore-eos") { Description = "Goes on after end tokens, to --max-new-tokens." };

    internal static Option<string?> TorchFolder() => new(Native.TorchBackend.OptionName)
    {
        Description = $"Folder of libtorch {Native.TorchBackend.Version}. [default: {Native.TorchBackend.Variable}, or NuGet's package cache]",
        HelpName = "DIR",
    };

    internal static Option<bool> Quiet() => new("--quiet") { Description = "No progress and no summary; the table of inspect, warnings and errors stay." };

    internal static Option<bool> Json() => new("--json") { Description = "Prints one JSON object and nothing else to standard output." };

    /// <summary>Adds an error when shards are asked for and INIT, a file, cannot have any.</summary>
    internal static void RefuseShardsOfFile(CommandResult command, Option<string> init, Option<long?> shard)
    {
        if (command.GetResult(shard) is { Implicit: false } && command.GetResult(init)?.Tokens is [var path] && File.Exists(path.Value))
            command.AddError($"{shard.Name} divides folders, but {init.Name} '{path.Value}' is a file, and so is the result; leave it out.");
    }

    /// <summary>Adds an error when an η is above 1 without leave.</summary>
    internal static void RefuseExtrapolation(CommandResult command, Option eta, Option<bool> extrapolate)
    {
        if (command.GetResult(extrapolate) is { Implicit: false })
            return;
        foreach (var text in command.GetResult(eta)?.Tokens.Select(t => t.Value) ?? [])
        {
            if (TryNumber(text, out var value) && value > 1)
                command.AddError($"{eta.Name} is {text}; it must be from 0 to 1 (--extrapolate allows more).");
        }
    }

    internal static Granularity GranularityOf(string name) => name switch
    {
        "tensor" => Warp.Granularity.Tensor,
        "model" => Warp.Granularity.Model,
        _ => Warp.Granularity.Layer,
    };

    internal static ScalarType? TypeOf(string name) => name switch
    {
        "f32" => ScalarType.Float32,
        "bf16" => ScalarType.BFloat16,
        "f16" => ScalarType.Float16,
        _ => null,
    };

    private static Option<string> Path(string name, string description, string helpName)
    {
        var option = new Option<string>(name) { Description = description, HelpName = helpName, Required = true };
        option.Validators.Add(RefuseBlank);
        return option;
    }

    private static void RefuseBlank(OptionResult result)
    {
        if (result.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value)))
            result.AddError($"{result.Option.Name} has an empty value; give a path.");
    }

    /// <summary>One of a few values, in capitals or not; the first is the default.</summary>
    private static Option<string> Choice(string name, string description, string[] values, params (string Typed, string Meant)[] aliases) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', values),
        DefaultValueFactory = _ => values[0],
        CustomParser = result =>
        {
            var typed = result.Tokens[0].Value;
            var meant = aliases.FirstOrDefault(a => a.Typed.Equals(typed, StringComparison.OrdinalIgnoreCase)).Meant ?? typed;
            if (values.FirstOrDefault(v => v.Equals(meant, StringComparison.OrdinalIgnoreCase)) is { } value)
                return value;
            result.AddError($"{name} is '{typed}'; it may be {string.Join(", ", values[..^1])} or {values[^1]}.");
            return values[0];
        },
    };

    private static Option<long?> Size(string name, string description, string least) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0)
                return null;
            try
            {
                var bytes = ByteSize.Parse(result.Tokens[0].Value);
                if (bytes < ByteSize.Parse(least))
                    result.AddError($"{name} is {result.Tokens[0].Value}; it must be at least {least}.");
                return bytes;
            }
            catch (FormatException exception)
            {
                result.AddError($"{name}: {exception.Message}");
                return null;
            }
        },
    };

    private static Option<T?> Whole<T>(string name, string description, string helpName, T least)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                if (result.Tokens is not [var token])
                    return null;
                if (T.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least)
                    return value;
                result.AddError($"{name} is '{token.Value}'; it must be a whole number of at least {least}.");
                return null;
            },
        };

    private static double? Number(ArgumentResult result, string name, double? atMost) =>
        result.Tokens.Count == 0 ? null : Number(result, result.Tokens[0].Value, name, atMost);

    private static double? Number(ArgumentResult result, string text, string name, double? atMost)
    {
        if (!TryNumber(text, out var value))
            result.AddError($"{name} is '{text}', which is not a number; write it with a decimal point, such as 0.5{(name == "--eta" ? ", and several separated by spaces" : "")}.");
        else if (value < 0 || value > atMost)
            result.AddError($"{name} is {text}; it must be from 0 to 1.");
        else
            return value;
        return null;
    }

    // No thousands separators: "0,5" would be five.
    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value);
}
