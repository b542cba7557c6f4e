using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Snippets;

#region policy
/// <summary>The smallest language model: the next token depends on the last one alone, through a table of logits [vocabulary, vocabulary].</summary>
internal sealed class BigramPolicy : IPolicy
{
    private const int End = 0;
    private readonly Bigram _module;

    public BigramPolicy(int vocabulary)
    {
        _module = new Bigram(vocabulary);
        Weights = ParameterSet.Of(_module);
    }

    public ParameterSet Weights { get; }

    public IReadOnlyList<Completion> Generate(
        IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope(); // frees every tensor made below
        var call = random.Fork(random.NextUInt64()); // two calls with one stream differ
        return [.. prompts.Select((prompt, row) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var own = call.Fork((ulong)row); // a row's tokens do not depend on the other rows
            var tokens = new List<int>();
            for (var last = prompt.TokenIds[^1]; tokens.Count < sampling.MaxNewTokens; tokens.Add(last))
            {
                if (tokens.Count > 0 && last == End)
                    break;
                var cumulative = _module.LogProbabilities(sampling.Temperature)[last].exp().cumsum(0).data<float>().ToArray();
                var u = own.NextDouble() * cumulative[^1];
                last = Array.FindIndex(cumulative, c => u < c);
            }

            return new Completion(string.Join(' ', tokens), tokens, isTruncated: tokens[^1] != End);
        })];
    }

    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var scope = NewDisposeScope();
        var longest = rollouts.Max(r => r.Completion.TokenIds.Count);
        var (from, to, counts) = (new long[rollouts.Count, longest], new long[rollouts.Count, longest], new float[rollouts.Count, longest]);
        for (var r = 0; r < rollouts.Count; r++)
        {
            var last = rollouts[r].Prompt.TokenIds[^1];
            for (var t = 0; t < rollouts[r].Completion.TokenIds.Count; t++)
                (from[r, t], to[r, t], counts[r, t], last) = (last, rollouts[r].Completion.TokenIds[t], 1, rollouts[r].Completion.TokenIds[t]);
        }

        // [rollouts, longest completion], differentiable, and 0 where there is no token.
        var picked = _module.LogProbabilities(temperature)[tensor(from), tensor(to)];
        return picked.mul(tensor(counts)).MoveToOuterDisposeScope();
    }

    public void Dispose() => _module.Dispose();

    private sealed class Bigram : nn.Module
    {
        private readonly Parameter _logits;

        public Bigram(int vocabulary)
            : base(nameof(Bigram))
        {
            _logits = new Parameter(zeros(vocabulary, vocabulary));
            RegisterComponents();
        }

        public Tensor LogProbabilities(double temperature)
        {
            using var divisor = temperature.ToScalar(); // a bare number may be freed while torch reads it
            return nn.functional.log_softmax(_logits.div(divisor), dim: 1);
        }
    }
}
#endregion
