using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A policy over <see cref="MarkovModule"/>. Token 0 ends a completion; the last token of the prompt is the first state.</summary>
internal sealed class MarkovPolicy : IDistributionPolicy
{
    public const int End = 0;
    private static long _made;
    private readonly MarkovModule _module;

    /// <summary>How many of them have been made in this process.</summary>
    public static long Made => Interlocked.Read(ref _made);

    public MarkovPolicy(double[,] logits, ScalarType type = ScalarType.Float32)
    {
        Interlocked.Increment(ref _made);
        _module = new MarkovModule(logits, type);
        Weights = ParameterSet.Of(_module);
    }

    /// <summary>Three tokens with logits that prefer nothing.</summary>
    public static double[,] Flat(int tokens = 3) => new double[tokens, tokens];

    public static Prompt StartingAt(int token) => new($"<{token}>", [token]);

    public ParameterSet Weights { get; }

    public Tensor Logits => _module.Logits;

    public IReadOnlyList<Completion> Generate(
        IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var size = (int)_module.Logits.shape[0];
        var probabilities = Tempered(sampling.Temperature).exp().to(ScalarType.Float64).data<double>().ToArray();
        return [.. prompts.Select((prompt, row) =>
        {
            var own = random.Fork((ulong)row);
            var (state, tokens) = (prompt.TokenIds[^1], new List<int>());
            while (tokens.Count < sampling.MaxNewTokens && (tokens.Count == 0 || tokens[^1] != End))
            {
                var (u, next) = (own.NextDouble(), 0);
                while (next < size - 1 && (u -= probabilities[state * size + next]) >= 0)
                    next++;
                tokens.Add(state = next);
            }

            return new Completion(string.Join(" ", tokens), tokens, tokens[^1] != End);
        })];
    }

    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var scope = NewDisposeScope();
        var (size, longest) = (_module.Logits.shape[0], rollouts.Max(r => r.Completion.TokenIds.Count));
        var cells = new long[rollouts.Count, longest];
        var counts = new float[rollouts.Count, longest];
        for (var r = 0; r < rollouts.Count; r++)
        {
            var state = rollouts[r].Prompt.TokenIds[^1];
            foreach (var (token, t) in rollouts[r].Completion.TokenIds.Select((token, t) => (token, t)))
            {
                (cells[r, t], counts[r, t]) = (state * size + token, 1);
                state = token;
            }
        }

        return Tempered(temperature).view(-1)[tensor(cells)].mul(tensor(counts)).MoveToOuterDisposeScope();
    }

    public Tensor LogDistributions(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var scope = NewDisposeScope();
        var table = Tempered(temperature);
        return cat(rollouts.Select(r => Rows(table, r)).ToArray()).MoveToOuterDisposeScope();
    }

    public void Dispose() => _module.Dispose();

    private Tensor Tempered(double temperature) => nn.functional.log_softmax(_module.Logits.to(ScalarType.Float32).div(temperature), 1);

    private static Tensor Rows(Tensor table, Rollout rollout)
    {
        var tokens = rollout.Completion.TokenIds;
        return table.index_select(0, tensor([.. tokens.Take(tokens.Count - 1).Prepend(rollout.Prompt.TokenIds[^1]).Select(t => (long)t)]));
    }
}
