using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// One row of <see cref="KnownArchitectures"/>: which parts it is made of, what they are called, and how its <c>config.json</c> is read and written.
/// </summary>
internal sealed record Architecture
{
    /// <summary>As in <c>model_type</c>.</summary>
    internal required string ModelType { get; init; }

    /// <summary>As in <c>architectures</c>.</summary>
    internal required string ClassName { get; init; }

    internal required WeightNames Names { get; init; }

    internal required Func<ConfigReader, DecoderConfig> Read { get; init; }

    internal required Action<DecoderConfig, ConfigWriter> Write { get; init; }

    internal required Func<PartFactory, Norm> Norm { get; init; }

    /// <summary>Makes the projections and registers them with the attention.</summary>
    internal required Func<PartFactory, nn.Module, HeadProjections> Heads { get; init; }

    internal required Func<PartFactory, Mlp> Mlp { get; init; }

    /// <summary>Whether queries, keys and values come out of one matrix, so that they have the same number of heads.</summary>
    internal bool HasFusedHeads { get; init; }

    /// <summary>Whether linear maps are stored as [inputs, outputs].</summary>
    internal bool StoresTransposed { get; init; }

    /// <summary>Whether embeddings are multiplied by the root of the hidden size.</summary>
    internal bool ScalesEmbedding { get; init; }

    internal Func<DecoderConfig, bool> QueryKeyValueBias { get; init; } = config => config.AttentionBias;

    internal Func<DecoderConfig, bool> AttentionOutputBias { get; init; } = config => config.AttentionBias;

    internal Func<DecoderConfig, bool> MlpBias { get; init; } = _ => false;

    /// <summary>Whether a block slides if there is a window.</summary>
    internal Func<DecoderConfig, int, bool> Slides { get; init; } = (_, _) => false;

    /// <summary>What a configuration made in code has when it says nothing.</summary>
    internal MlpActivation Activation { get; init; } = MlpActivation.Silu;

    /// <inheritdoc cref="Activation"/>
    internal bool AttentionBias { get; init; }

    /// <inheritdoc cref="Activation"/>
    internal bool ParallelResidual { get; init; }

    /// <inheritdoc cref="Activation"/>
    internal double RotaryFraction { get; init; } = 1;

    /// <summary>The special ids that transformers assumes when the file says nothing.</summary>
    internal SpecialIds SpecialIds { get; init; } = new(Start: null, End: null, Pad: null);
}
