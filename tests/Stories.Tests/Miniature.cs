using System.Text.Json;
using Spectre.Console;
using Warp.Stories;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>The whole program on a random model, made-up reviews and made-up stories, small enough to run in seconds.</summary>
internal sealed class Miniature : IDisposable
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz.,";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("stories-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public Miniature()
    {
        WriteModel();
        WriteReviews(Reviews, 60);
        var random = new RandomStream(3);
        File.WriteAllText(Stories, string.Join('\n', Enumerable.Range(0, 40).Select(_ => string.Concat(Enumerable.Range(0, 30).Select(_ => Letters[random.NextInt32(Letters.Length)])))));
    }

    public string Model => In("model");

    public string Reviews => In("reviews.jsonl");

    public string Stories => In("stories.txt");

    public string Out => In("out");

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public StoriesOptions Options => new()
    {
        Model = Model,
        Reviews = Reviews,
        Stories = Stories,
        Out = Out,
        Iterations = 1,
        Steps = 2,
        PromptTokens = 4,
        CompletionTokens = 6,
        HeldOutPrompts = 10,
        RewardTokens = 32,
        Reward = new() { Epochs = 1, BatchSize = 8 },
        FrontEtas = [0, 0.5, 1],
    };

    public string In(string name) => Path.Combine(_folder.FullName, name);

    public Task<int> RunAsync(StoriesOptions options, CancellationToken cancellationToken, TextWriter? output = null) =>
        StoriesProgram.RunAsync(options, NewConsole(), output ?? _output, _error, TimeProvider.System, cancellationToken);

    public Task<int> RunCommandAsync(params string[] args) =>
        StoriesCommand.RunAsync(args, NewConsole(), _output, _error, TimeProvider.System, TestContext.Current.CancellationToken);

    public static void WriteReviews(string path, int count) => File.WriteAllLines(
        path, Enumerable.Range(0, count).Select(i => $$"""{"text": "{{(i % 2 == 0 ? "good" : "bad")}} {{new string('x', i % 7)}}", "label": {{(i % 2 == 0 ? 1 : 0)}}}"""));

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>A random Llama with a tokenizer of one piece per letter.</summary>
    private void WriteModel()
    {
        Directory.CreateDirectory(Model);
        var vocabulary = new[] { "<unk>", "<s>", "</s>", "▁" }.Concat(Letters.Select(l => l.ToString())).Append("▁a").Select((piece, id) => (piece, id)).ToDictionary(p => p.piece, p => p.id);
        object Added(int id, string content) => new { id, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };
        File.WriteAllText(In("model/tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = new[] { Added(0, "<unk>"), Added(1, "<s>"), Added(2, "</s>") },
            normalizer = new { type = "Replace", pattern = new { String = " " }, content = "▁" },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new object[] { new { SpecialToken = new { id = "<s>", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } } },
                pair = Array.Empty<object>(),
                special_tokens = new Dictionary<string, object> { ["<s>"] = new { id = "<s>", ids = new[] { 1 }, tokens = new[] { "<s>" } } },
            },
            decoder = new { type = "Sequence", decoders = new object[] { new { type = "Replace", pattern = new { String = "▁" }, content = " " }, new { type = "Fuse" } } },
            model = new { type = "BPE", unk_token = "<unk>", fuse_unk = true, byte_fallback = false, vocab = vocabulary, merges = new[] { "▁ a" } },
        }));
        File.WriteAllText(In("model/tokenizer_config.json"), """{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}""");
        var config = new DecoderConfig
        {
            VocabularySize = vocabulary.Count,
            HiddenSize = 16,
            IntermediateSize = 24,
            Layers = 1,
            Heads = 2,
            MaxPositions = 32,
            InitializerRange = 0.3,
        };
        using var policy = CausalLmPolicy.Create(config, PretrainedTokenizer.Load(Model), new RandomStream(1));
        policy.SavePretrained(Model);
    }

    private IAnsiConsole NewConsole() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(_output),
    });
}
