using static TorchSharp.torch;

namespace Warp.Quickstart;

/// <summary>Training on preferences: P(a preferred to b) = σ(r(a) − r(b)) (Bradley and Terry, 1952).</summary>
internal static class BradleyTerry
{
    internal static void Train(
        MeanEmbeddingNetwork network,
        IReadOnlyList<PreferencePair> pairs,
        int vocabularySize,
        RewardTrainingOptions options,
        RandomStream random,
        CancellationToken cancellationToken)
    {
        using var optimizer = optim.Adam(network.Parameters, options.LearningRate);
        var order = pairs.ToArray();
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            random.Shuffle<PreferencePair>(order);
            foreach (var batch in order.Chunk(options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var preferred = network.Forward(WordShares.Of([.. batch.Select(p => p.Preferred)], vocabularySize));
                var other = network.Forward(WordShares.Of([.. batch.Select(p => p.Other)], vocabularySize));
                var loss = nn.functional.softplus(other.sub(preferred)).mean(); // softplus(−x) = −log σ(x)
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
            }
        }
    }
}
