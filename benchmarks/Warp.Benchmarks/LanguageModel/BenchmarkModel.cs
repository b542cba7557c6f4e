using Warp.Transformers;

namespace Warp.Benchmarks;

/// <summary>The model and the batch that are measured.</summary>
internal static class BenchmarkModel
{
    internal const int Rows = 32;
    internal const int PromptLength = 64;
    internal const int NewTokens = 64;

    internal static DecoderConfig Config { get; } = new()
    {
        VocabularySize = 8192,
        HiddenSize = 512,
        IntermediateSize = 1408,
        Layers = 8,
        Heads = 8,
        MaxPositions = PromptLength + NewTokens,
    };

    /// <summary>A policy with random weights.</summary>
    /// <param name="ends">How many ids end a completion; with random weights each token is one of them with a probability of about ends / vocabulary.</param>
    internal static CausalLmPolicy Policy(int ends = 0) => CausalLmPolicy.Create(Config, new IdTokenizer(ends), new RandomStream(1));

    internal static Prompt[] Prompts { get; } = [.. Enumerable.Range(0, Rows).Select(row => new Prompt("", Ids(row, PromptLength)))];

    /// <summary>Prompts with completions of full length.</summary>
    internal static Rollout[] Rollouts { get; } =
        [.. Prompts.Select((prompt, row) => new Rollout(prompt, new Completion("", Ids(Rows + row, NewTokens), isTruncated: true)))];

    /// <summary>
    /// Floating-point operations that a forward pass over the rollouts cannot do without: two per weight of a block and token that is fed, two per
    /// weight of the head and token that is predicted, and four per width, layer and pair of a token with one that it sees.
    /// </summary>
    internal static double ForwardOperations
    {
        get
        {
            double width = Config.HiddenSize;
            var blockWeights = Config.Layers * ((4 * width * width) + (3 * width * Config.IntermediateSize));
            double fed = PromptLength + NewTokens - 1;
            var pairs = fed * (fed + 1) / 2;
            return Rows * ((2 * blockWeights * fed) + (2 * width * Config.VocabularySize * NewTokens) + (4 * width * Config.Layers * pairs));
        }
    }

    private static int[] Ids(int stream, int count)
    {
        var random = new RandomStream(2).Fork((ulong)stream);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt32(Config.VocabularySize))];
    }

    private sealed class IdTokenizer(int ends) : ITokenizer
    {
        public IReadOnlyList<int> EndTokenIds { get; } = [.. Enumerable.Range(0, ends)];

        public int PadTokenId => 0;

        public IReadOnlyList<int> Encode(string text) => [];

        public string Decode(IReadOnlyList<int> tokenIds) => "";
    }
}
