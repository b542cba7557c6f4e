using Warp.Tool.Native;
using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>
/// A model whose every number is known: after token i comes i + 1, around the vocabulary. Blocks add nothing, embeddings are unit vectors, and
/// the head gives the successor a logit of its own and all others 0.
/// </summary>
internal static class SuccessorModel
{
    public const int Vocabulary = 8;

    private const double Epsilon = 1e-6;
    private const float Strength = 2;

    /// <summary>The logit of the successor: the strength times a unit vector's entry after the norm, 1 / √(1/8 + ε).</summary>
    public static double Logit => Strength / Math.Sqrt(1.0 / Vocabulary + Epsilon);

    /// <summary>log p of the successor at temperature 1.</summary>
    public static double LogProbability => Logit - Math.Log(Math.Exp(Logit) + Vocabulary - 1);

    /// <summary>log p of each other token at temperature 1.</summary>
    public static double OtherLogProbability => -Math.Log(Math.Exp(Logit) + Vocabulary - 1);

    /// <summary>Writes the folder, without a tokenizer.</summary>
    /// <param name="folder">Is made.</param>
    /// <param name="end">The end token.</param>
    public static string Write(string folder, int end)
    {
        TorchBackend.Load(null);
        var config = new DecoderConfig
        {
            VocabularySize = Vocabulary,
            HiddenSize = Vocabulary,
            IntermediateSize = 4,
            Layers = 1,
            Heads = 2,
            MaxPositions = 32,
            RmsNormEpsilon = Epsilon,
            InitializerRange = 0,
        };
        using var policy = CausalLmPolicy.Create(config, new Ends(end), new RandomStream(1));
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            policy.Weights["model.embed_tokens.weight"].Tensor.copy_(eye(Vocabulary)).DetachFromDisposeScope();
            policy.Weights["lm_head.weight"].Tensor.copy_(eye(Vocabulary).roll(1, 0).mul(Strength)).DetachFromDisposeScope();
        }

        policy.SavePretrained(folder);
        return folder;
    }

    private sealed class Ends(int end) : ITokenizer
    {
        public IReadOnlyList<int> EndTokenIds { get; } = [end];

        public int PadTokenId => end;

        public IReadOnlyList<int> Encode(string text) => [];

        public string Decode(IReadOnlyList<int> tokenIds) => "";
    }
}
