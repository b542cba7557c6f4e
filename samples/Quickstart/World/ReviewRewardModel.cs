using MathNet.Numerics.Statistics;
using static TorchSharp.torch;

namespace Warp.Quickstart;

/// <summary>
/// The reward that training sees: a small network that has learned from preferences what <see cref="GoldScorer"/> likes, imperfectly. Its
/// unit is the standard deviation of the scores of the reviews that it was standardised on.
/// </summary>
/// <remarks>Safe to ask from several threads at once; not so <see cref="Dispose"/>.</remarks>
public sealed class ReviewRewardModel : IRewardModel, IDisposable
{
    private readonly MeanEmbeddingNetwork _network;
    private readonly int _vocabularySize;
    private readonly double _mean;
    private readonly double _deviation;

    private ReviewRewardModel(MeanEmbeddingNetwork network, int vocabularySize, IReadOnlyList<IReadOnlyList<int>> reference)
    {
        (_network, _vocabularySize) = (network, vocabularySize);
        (_mean, _deviation) = Raw(reference).MeanStandardDeviation();
        if (!(_deviation > 0))
            throw new InvalidOperationException($"The reward model gives all {reference.Count} reference reviews the same score; it cannot be standardised.");
    }

    /// <summary>Trains a model.</summary>
    /// <param name="vocabularySize">Word ids are below it.</param>
    /// <param name="pairs">What to learn from; at least one.</param>
    /// <param name="reference">Reviews, for instance samples of the SFT policy, that will have mean score 0 and standard deviation 1; at least two.</param>
    /// <param name="options">Sizes and schedule.</param>
    /// <param name="random">The only source of chance, for initial weights and order. Equal streams give equal models.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    public static ReviewRewardModel Train(
        int vocabularySize,
        IReadOnlyList<PreferencePair> pairs,
        IReadOnlyList<IReadOnlyList<int>> reference,
        RewardTrainingOptions options,
        RandomStream random,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (pairs is not { Count: > 0 })
            throw new ArgumentException("There are no preference pairs to learn from.", nameof(pairs));
        if (reference is not { Count: > 1 })
            throw new ArgumentException("Standardising needs at least two reference reviews.", nameof(reference));
        var network = new MeanEmbeddingNetwork(vocabularySize, options.EmbeddingWidth, options.HiddenWidth, random.Fork(0));
        try
        {
            BradleyTerry.Train(network, pairs, vocabularySize, options, random.Fork(1), cancellationToken);
            return new(network, vocabularySize, reference);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The standardised scores of reviews.</summary>
    /// <param name="reviews">Word ids; special tokens are ignored.</param>
    public IReadOnlyList<double> Score(IReadOnlyList<IReadOnlyList<int>> reviews) => [.. Raw(reviews).Select(r => (r - _mean) / _deviation)];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var scores = Score([.. rollouts.Select(WordTokenizer.ReviewOf)]);
        return ValueTask.FromResult<IReadOnlyList<Reward>>([.. scores.Select(Reward.Of)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private double[] Raw(IReadOnlyList<IReadOnlyList<int>> reviews)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return [.. _network.Forward(WordShares.Of(reviews, _vocabularySize)).data<float>().Select(r => (double)r)];
    }
}
