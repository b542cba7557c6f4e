using System.CommandLine;
using TorchSharp;
using Warp.Tool.Input;
using Warp.Tool.Native;
using Warp.Tool.Output;
using Warp.Transformers;

namespace Warp.Tool.Commands;

/// <summary><c>dotnet warp generate</c>: a completion of a prompt, to see what a checkpoint says.</summary>
internal static class GenerateCommand
{
    internal const int DefaultMaxNewTokens = 64;

    internal static Command Create(ToolConsole console)
    {
        var model = Settings.Model();
        var prompt = Settings.Prompt();
        var ids = Settings.Ids();
        var maxNewTokens = Settings.MaxNewTokens();
        var temperature = Settings.Temperature();
        var seed = Settings.Seed();
        var ignoreEnds = Settings.IgnoreEnds();
        var torchFolder = Settings.TorchFolder();
        var json = Settings.Json();
        var command = new Command("generate", "Continues a prompt with a model: a Hugging Face folder. Needs a native back end of TorchSharp.")
        {
            model, prompt, ids, maxNewTokens, temperature, seed, ignoreEnds, torchFolder, json,
        };
        command.Validators.Add(result =>
        {
            // Without a model that is what is said; one thing at a time.
            if (result.GetResult(model) is not null && result.GetResult(prompt) is null == result.GetResult(ids) is null)
                result.AddError($"Give either {prompt.Name} or {ids.Name}.");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var request = new Request(
                    parsed.GetRequiredValue(model),
                    parsed.GetValue(prompt),
                    parsed.GetResult(ids) is null ? null : parsed.GetValue(ids),
                    parsed.GetValue(maxNewTokens),
                    parsed.GetValue(temperature) ?? 0,
                    parsed.GetValue(seed) ?? 1,
                    parsed.GetValue(ignoreEnds));
                if (File.Exists(request.Model))
                    throw new DirectoryNotFoundException($"'{request.Model}' of {model.Name} is a file; give the folder that it lies in, with config.json and the tokenizer.");
                InputPaths.Check([(model.Name, request.Model)]);
                var hasTokenizer = PretrainedTokenizer.Exists(request.Model);
                if (request.Text is not null && !hasTokenizer && File.Exists(Path.Combine(request.Model, "config.json")))
                    throw new FileNotFoundException($"'{request.Model}' has no tokenizer (tokenizer.json or tokenizer.model), so it cannot read a text; give {ids.Name}.");
                TorchBackend.Load(parsed.GetValue(torchFolder));
                var outcome = Run(request, cancellationToken);
                var shown = hasTokenizer ? PlainText.Of(outcome.Text) : string.Join(',', outcome.CompletionIds);
                console.Output.WriteLine(parsed.GetValue(json) ? ResultJson.Of(outcome) : shown);
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static GenerateOutcome Run(Request request, CancellationToken cancellationToken)
    {
        using var policy = Open(request);
        var prompt = request.Ids is { } given ? new Prompt("", given) : policy.Tokenizer.Prompt(request.Text!);
        var room = policy.Decoder.Config.MaxPositions - prompt.TokenIds.Count;
        // By default no more than the model has positions for; what was asked for and does not fit is an error.
        var most = request.MaxNewTokens ?? Math.Clamp(room, 1, DefaultMaxNewTokens);
        if (most > room)
        {
            throw new ArgumentException(
                $"{Settings.MaxNewTokensName} is {most}; the prompt has {prompt.TokenIds.Count} tokens and the model has {policy.Decoder.Config.MaxPositions} positions: "
                + (room > 0 ? $"at most {room} fit." : "shorten the prompt."));
        }

        var sampling = new SamplingOptions
        {
            Temperature = request.Temperature,
            MaxNewTokens = most,
        };
        var completion = policy.Generate([prompt], sampling, new RandomStream(request.Seed), cancellationToken)[0];
        using var noGradient = torch.no_grad();
        using var logProbabilities = policy.LogProbabilities([new Rollout(prompt, completion)], temperature: 1);
        return new(prompt.TokenIds, completion.TokenIds, [.. logProbabilities.cpu().data<float>()], completion.Text);
    }

    private static CausalLmPolicy Open(Request request)
    {
        // In float32, whatever the checkpoint is stored in: a processor is no faster with less, and log-probabilities are exact.
        var policy = CausalLmPolicy.FromPretrained(request.Model, type: torch.ScalarType.Float32);
        return request.IgnoreEnds ? new CausalLmPolicy(policy.Decoder, new EndlessTokenizer(policy.Tokenizer)) : policy;
    }

    private sealed record Request(
        string Model, string? Text, int[]? Ids, int? MaxNewTokens, double Temperature, ulong Seed, bool IgnoreEnds);
}
