namespace Warp.Transformers;

/// <summary>The architecture and the shape of a decoder-only language model.</summary>
/// <remarks>
/// <para>
/// <see cref="ModelType"/> chooses the parts; the other settings are their sizes and variants. The words of a Hugging Face <c>config.json</c>
/// are given with each setting. <see cref="FromPretrained"/> and <see cref="FromJson"/> read such a file, with the defaults that
/// transformers has for what the file leaves out; the defaults named here are those of a configuration made in code.
/// </para>
/// <para>
/// Sources: Llama (Touvron et al., arXiv 2302.13971), Mistral (Jiang et al., arXiv 2310.06825), Qwen2 (Yang et al., arXiv 2407.10671), Gemma
/// (arXiv 2403.08295), Gemma 2 (arXiv 2408.00118), GPT-2 (Radford et al., 2019), GPT-NeoX (Black et al., arXiv 2204.06745) and Pythia (Biderman et
/// al., arXiv 2304.01373); in details, the implementations of transformers 4.47.
/// </para>
/// </remarks>
public sealed record DecoderConfig
{
    /// <summary>The default of <see cref="ModelType"/>.</summary>
    public const string DefaultModelType = "llama";

    /// <summary>The default of <see cref="MaxPositions"/>.</summary>
    public const int DefaultMaxPositions = 2048;

    /// <summary>The default of <see cref="RmsNormEpsilon"/>.</summary>
    public const double DefaultRmsNormEpsilon = 1e-5;

    /// <summary>The default of <see cref="RopeTheta"/>.</summary>
    public const double DefaultRopeTheta = 10_000;

    /// <summary>The default of <see cref="InitializerRange"/>.</summary>
    public const double DefaultInitializerRange = 0.02;

    private readonly int? _keyValueHeads;
    private readonly int? _headSize;
    private readonly MlpActivation? _activation;
    private readonly bool? _attentionBias;
    private readonly double? _rotaryFraction;
    private readonly double? _attentionScalar;
    private readonly bool? _parallelResidual;

    /// <summary>The architectures that <see cref="ModelType"/> may name, in alphabetical order.</summary>
    public static IReadOnlyList<string> KnownModelTypes { get; } = [.. KnownArchitectures.All.Select(a => a.ModelType).Order(StringComparer.Ordinal)];

    /// <summary>The architecture (<c>model_type</c>), one of <see cref="KnownModelTypes"/>. Default <c>llama</c>.</summary>
    public string ModelType { get; init; } = DefaultModelType;

    /// <summary>The number of tokens that the model knows (<c>vocab_size</c>), at least 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of the residual stream (<c>hidden_size</c>, <c>n_embd</c>), at least 1.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>
    /// The inner width of the MLP (<c>intermediate_size</c>, <c>n_inner</c>), at least 1; Llama uses about 8/3 of <see cref="HiddenSize"/>, GPT-2 4
    /// times.
    /// </summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The number of blocks (<c>num_hidden_layers</c>, <c>n_layer</c>), at least 1.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of query heads (<c>num_attention_heads</c>, <c>n_head</c>), at least 1.</summary>
    public required int Heads { get; init; }

    /// <summary>
    /// The number of key and value heads (<c>num_key_value_heads</c>), a divisor of <see cref="Heads"/>. Default <see cref="Heads"/>: every
    /// query head has its own (multi-head attention); fewer is grouped-query attention, which GPT-2 and GPT-NeoX do not have.
    /// </summary>
    public int KeyValueHeads
    {
        get => _keyValueHeads ?? Heads;
        init => _keyValueHeads = value;
    }

    /// <summary>
    /// The width of one head (<c>head_dim</c>), even where positions rotate pairs. Default <see cref="HiddenSize"/> /
    /// <see cref="Heads"/>, which must then divide without rest.
    /// </summary>
    public int HeadSize
    {
        get => _headSize ?? (Heads > 0 ? HiddenSize / Heads : 0);
        init => _headSize = value;
    }

    /// <summary>
    /// The greatest number of tokens of a prompt with its completion (<c>max_position_embeddings</c>, <c>n_positions</c>), at least 1. Default 2048.
    /// </summary>
    public int MaxPositions { get; init; } = DefaultMaxPositions;

    /// <summary>
    /// What is added to the mean square or the variance before the root (<c>rms_norm_eps</c>, <c>layer_norm_epsilon</c>, <c>layer_norm_eps</c>),
    /// finite and above 0. Default 1e-5.
    /// </summary>
    public double RmsNormEpsilon { get; init; } = DefaultRmsNormEpsilon;

    /// <summary>The base of the rotary wavelengths (<c>rope_theta</c>, <c>rotary_emb_base</c>), finite and above 0. Default 10000. Moot for GPT-2.</summary>
    public double RopeTheta { get; init; } = DefaultRopeTheta;

    /// <summary>How rotary wavelengths are stretched (<c>rope_scaling</c>). Default null: not at all. Moot for GPT-2.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>
    /// The part of each head that positions rotate (<c>rotary_pct</c>), above 0 and at most 1; it must come to an even number of entries. Default
    /// 1, for GPT-NeoX 0.25. Moot for GPT-2.
    /// </summary>
    public double RotaryFraction
    {
        get => _rotaryFraction ?? Parts?.RotaryFraction ?? 1;
        init => _rotaryFraction = value;
    }

    /// <summary>
    /// The function inside the MLP (<c>hidden_act</c>, <c>hidden_activation</c>, <c>activation_function</c>). Default: the architecture's own.
    /// </summary>
    public MlpActivation Activation
    {
        get => _activation ?? Parts?.Activation ?? MlpActivation.Silu;
        init => _activation = value;
    }

    /// <summary>
    /// Whether the matrices of the attention have biases (<c>attention_bias</c>). Default false, for GPT-NeoX true. Moot for Mistral (none), Qwen2
    /// (queries, keys and values) and GPT-2 (all).
    /// </summary>
    public bool AttentionBias
    {
        get => _attentionBias ?? Parts?.AttentionBias ?? false;
        init => _attentionBias = value;
    }

    /// <summary>Whether the matrices of Llama's MLP have biases (<c>mlp_bias</c>). Default false. Moot elsewhere: GPT-2 and GPT-NeoX have them, the others not.</summary>
    public bool MlpBias { get; init; }

    /// <summary>
    /// How many tokens a token sees where attention slides, itself included (<c>sliding_window</c>), at least 1. Default null: all before it. It
    /// slides in every block of Mistral, in every other one of Gemma 2 beginning with the first, and in Qwen2 from <see cref="FirstSlidingLayer"/>
    /// on; the others do not slide.
    /// </summary>
    public int? SlidingWindow { get; init; }

    /// <summary>The first block of Qwen2 that slides (<c>max_window_layers</c>), counted from 0. Default 0. Moot elsewhere.</summary>
    public int FirstSlidingLayer { get; init; }

    /// <summary>
    /// Attention scores are divided by the root of this (<c>query_pre_attn_scalar</c>), finite and above 0. Default <see cref="HeadSize"/>. 1 is
    /// what GPT-2 calls <c>scale_attn_weights: false</c>.
    /// </summary>
    public double AttentionScalar
    {
        get => _attentionScalar ?? HeadSize;
        init => _attentionScalar = value;
    }

    /// <summary>Whether the scores of block i, counted from 1, are also divided by i (<c>scale_attn_by_inverse_layer_idx</c>). Default false.</summary>
    public bool ScaleAttentionByInverseLayer { get; init; }

    /// <summary>What attention scores are squeezed into, ± (<c>attn_logit_softcapping</c>), finite and above 0. Default null: no limit.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>What logits are squeezed into, ± (<c>final_logit_softcapping</c>), finite and above 0. Default null: no limit.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>
    /// Whether attention and MLP of a block read the same input (<c>use_parallel_residual</c>); otherwise the MLP reads what the attention has
    /// added to. Default false, for GPT-NeoX true.
    /// </summary>
    public bool ParallelResidual
    {
        get => _parallelResidual ?? Parts?.ParallelResidual ?? false;
        init => _parallelResidual = value;
    }

    /// <summary>Whether the output head is the embedding (<c>tie_word_embeddings</c>). Default false.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>
    /// The standard deviation of the normal distribution that random weights are drawn from (<c>initializer_range</c>), finite and at least
    /// 0. Default 0.02. Moot when weights are loaded.
    /// </summary>
    public double InitializerRange { get; init; } = DefaultInitializerRange;

    /// <summary>The number of query heads that share a key and value head.</summary>
    internal int GroupSize => Heads / KeyValueHeads;

    /// <summary>The entries of a head that positions rotate; rounded down as transformers does.</summary>
    internal int RotarySize => (int)(HeadSize * RotaryFraction);

    /// <summary>Whether scores are divided by the root of the head's size and by nothing else.</summary>
    internal bool HasUsualAttentionScale => AttentionScalar == HeadSize && !ScaleAttentionByInverseLayer;

    private Architecture? Parts => KnownArchitectures.Find(ModelType);

    /// <summary>Reads the <c>config.json</c> of a Hugging Face folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="PretrainedModelException">
    /// The architecture is not known (those that are, are named), or the file is malformed or says something that would change results and is not
    /// implemented; every problem is listed.
    /// </exception>
    /// <exception cref="IOException">The folder or the file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DecoderConfig FromPretrained(string folder) => PretrainedConfig.Read(folder).Decoder;

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="PretrainedModelException">As for <see cref="FromPretrained"/>.</exception>
    public static DecoderConfig FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return PretrainedConfig.Parse(json, PretrainedConfig.FileName).Decoder;
    }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">A setting is out of range or contradicts another; all are listed.</exception>
    public void Validate()
    {
        if (Problems().ToList() is { Count: > 0 } problems)
            throw new OptionsException(nameof(DecoderConfig), problems);
    }

    /// <summary>The window of a block; null: it sees everything before.</summary>
    internal int? WindowOf(int layer) => SlidingWindow is { } window && KnownArchitectures.Of(this).Slides(this, layer) ? window : null;

    /// <summary>What the scores of a block are multiplied by.</summary>
    internal double AttentionScaleOf(int layer) => 1 / Math.Sqrt(AttentionScalar) / (ScaleAttentionByInverseLayer ? layer + 1 : 1);

    /// <summary>Everything that is out of range.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Parts is null)
            yield return $"{nameof(ModelType)} is '{ModelType}'; known are {string.Join(", ", KnownModelTypes)}";
        var sizes = new (string Name, int Value)[]
        {
            (nameof(VocabularySize), VocabularySize), (nameof(HiddenSize), HiddenSize), (nameof(IntermediateSize), IntermediateSize),
            (nameof(Layers), Layers), (nameof(Heads), Heads), (nameof(MaxPositions), MaxPositions),
        };
        foreach (var (name, value) in sizes.Where(s => s.Value < 1))
            yield return $"{name} is {value}; it must be at least 1";

        foreach (var problem in HeadProblems())
            yield return problem;

        if (!double.IsFinite(RmsNormEpsilon) || RmsNormEpsilon <= 0)
            yield return $"{nameof(RmsNormEpsilon)} is {RmsNormEpsilon}; it must be finite and above 0";
        if (!double.IsFinite(RopeTheta) || RopeTheta <= 0)
            yield return $"{nameof(RopeTheta)} is {RopeTheta}; it must be finite and above 0";
        foreach (var problem in RopeScaling?.Problems() ?? [])
            yield return $"{nameof(RopeScaling)}.{problem}";
        if (SlidingWindow < 1)
            yield return $"{nameof(SlidingWindow)} is {SlidingWindow}; it must be at least 1, or null for none";
        if (FirstSlidingLayer < 0)
            yield return $"{nameof(FirstSlidingLayer)} is {FirstSlidingLayer}; it must be at least 0";
        if (!Enum.IsDefined(Activation))
            yield return $"{nameof(Activation)} is {Activation}; it may be {string.Join(", ", Enum.GetNames<MlpActivation>())}";
        if (_attentionScalar is not null && (!double.IsFinite(AttentionScalar) || AttentionScalar <= 0))
            yield return $"{nameof(AttentionScalar)} is {AttentionScalar}; it must be finite and above 0";
        foreach (var (name, cap) in new[] { (nameof(AttentionSoftCap), AttentionSoftCap), (nameof(LogitSoftCap), LogitSoftCap) })
        {
            if (cap is { } value && (!double.IsFinite(value) || value <= 0))
                yield return $"{name} is {value}; it must be finite and above 0, or null for none";
        }

        if (!double.IsFinite(InitializerRange) || InitializerRange < 0)
            yield return $"{nameof(InitializerRange)} is {InitializerRange}; it must be finite and at least 0";
    }

    private IEnumerable<string> HeadProblems()
    {
        if (_keyValueHeads is < 1)
            yield return $"{nameof(KeyValueHeads)} is {KeyValueHeads}; it must be at least 1 (leave it out for {nameof(Heads)})";
        else if (Heads > 0 && Heads % KeyValueHeads != 0)
            yield return $"{nameof(KeyValueHeads)} is {KeyValueHeads}, which does not divide {nameof(Heads)}, {Heads}; every key and value head serves the same number of query heads";

        var isDerived = _headSize is null;
        if (isDerived && Heads > 0 && HiddenSize > 0 && HiddenSize % Heads != 0)
        {
            yield return $"{nameof(HiddenSize)} is {HiddenSize}, which {nameof(Heads)}, {Heads}, does not divide; choose another, or set {nameof(HeadSize)}";
            yield break;
        }

        if (isDerived && (Heads < 1 || HiddenSize < 1))
            yield break;
        var rotates = Parts is null or { Names.Positions: null };
        if (!double.IsFinite(RotaryFraction) || RotaryFraction <= 0 || RotaryFraction > 1)
            yield return $"{nameof(RotaryFraction)} is {RotaryFraction}; it must be above 0 and at most 1";
        else if (rotates && RotaryFraction == 1 && (HeadSize < 2 || HeadSize % 2 != 0))
            yield return $"{nameof(HeadSize)} is {HeadSize}; it must be even and at least 2, because rotary positions turn pairs";
        else if (rotates && (RotarySize < 2 || RotarySize % 2 != 0))
            yield return $"{nameof(RotaryFraction)} is {RotaryFraction}, which is {RotarySize} of the {HeadSize} entries of a head; it must be an even number and at least 2, because rotary positions turn pairs";
        else if (HeadSize < 1)
            yield return $"{nameof(HeadSize)} is {HeadSize}; it must be at least 1";
        if (Parts is { HasFusedHeads: true } && Heads > 0 && (KeyValueHeads != Heads || (long)Heads * HeadSize != HiddenSize))
        {
            yield return $"{nameof(KeyValueHeads)} is {KeyValueHeads} and {nameof(HeadSize)} {HeadSize}; {ModelType} has one matrix for queries, keys and values, so "
                + $"these are {nameof(Heads)}, {Heads}, and {nameof(HiddenSize)} / {nameof(Heads)}; leave them out";
        }
    }
}
