namespace Warp.Transformers;

/// <summary>The shape of a Llama-style decoder: pre-normalised blocks of grouped-query attention and a gated MLP, with rotary positions.</summary>
/// <remarks>
/// The words of a Hugging Face <c>config.json</c> are given with each setting. Architecture: Touvron et al., "LLaMA: Open and Efficient
/// Foundation Language Models", arXiv 2302.13971 (2023).
/// </remarks>
public sealed record DecoderConfig
{
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

    /// <summary>The number of tokens that the model knows (<c>vocab_size</c>), at least 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of the residual stream (<c>hidden_size</c>), at least 1.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The inner width of the MLP (<c>intermediate_size</c>), at least 1; Llama uses about 8/3 of <see cref="HiddenSize"/>.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The number of blocks (<c>num_hidden_layers</c>), at least 1.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of query heads (<c>num_attention_heads</c>), at least 1.</summary>
    public required int Heads { get; init; }

    /// <summary>
    /// The number of key and value heads (<c>num_key_value_heads</c>), a divisor of <see cref="Heads"/>. Default <see cref="Heads"/>: every
    /// query head has its own (multi-head attention); fewer is grouped-query attention.
    /// </summary>
    public int KeyValueHeads
    {
        get => _keyValueHeads ?? Heads;
        init => _keyValueHeads = value;
    }

    /// <summary>
    /// The width of one head (<c>head_dim</c>), even because positions rotate pairs. Default <see cref="HiddenSize"/> /
    /// <see cref="Heads"/>, which must then divide without rest.
    /// </summary>
    public int HeadSize
    {
        get => _headSize ?? (Heads > 0 ? HiddenSize / Heads : 0);
        init => _headSize = value;
    }

    /// <summary>The greatest number of tokens of a prompt with its completion (<c>max_position_embeddings</c>), at least 1. Default 2048.</summary>
    public int MaxPositions { get; init; } = DefaultMaxPositions;

    /// <summary>What is added to the mean square before the root (<c>rms_norm_eps</c>), finite and above 0. Default 1e-5.</summary>
    public double RmsNormEpsilon { get; init; } = DefaultRmsNormEpsilon;

    /// <summary>The base of the rotary wavelengths (<c>rope_theta</c>), finite and above 0. Default 10000.</summary>
    public double RopeTheta { get; init; } = DefaultRopeTheta;

    /// <summary>Whether the output head is the embedding (<c>tie_word_embeddings</c>). Default false.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>
    /// The standard deviation of the normal distribution that random weights are drawn from (<c>initializer_range</c>), finite and at least
    /// 0. Default 0.02. Moot when weights are loaded.
    /// </summary>
    public double InitializerRange { get; init; } = DefaultInitializerRange;

    /// <summary>The number of query heads that share a key and value head.</summary>
    internal int GroupSize => Heads / KeyValueHeads;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">A setting is out of range or contradicts another; all are listed.</exception>
    public void Validate()
    {
        if (Problems().ToList() is { Count: > 0 } problems)
            throw new OptionsException(nameof(DecoderConfig), problems);
    }

    private IEnumerable<string> Problems()
    {
        var sizes = new (string Name, int Value)[]
        {
            (nameof(VocabularySize), VocabularySize), (nameof(HiddenSize), HiddenSize), (nameof(IntermediateSize), IntermediateSize),
            (nameof(Layers), Layers), (nameof(Heads), Heads), (nameof(MaxPositions), MaxPositions),
        };
        foreach (var (name, value) in sizes.Where(s => s.Value < 1))
            yield return $"{name} is {value}; it must be at least 1";

        if (_keyValueHeads is < 1)
            yield return $"{nameof(KeyValueHeads)} is {KeyValueHeads}; it must be at least 1 (leave it out for {nameof(Heads)})";
        else if (Heads > 0 && Heads % KeyValueHeads != 0)
            yield return $"{nameof(KeyValueHeads)} is {KeyValueHeads}, which does not divide {nameof(Heads)}, {Heads}; every key and value head serves the same number of query heads";

        if (_headSize is null && Heads > 0 && HiddenSize > 0 && HiddenSize % Heads != 0)
            yield return $"{nameof(HiddenSize)} is {HiddenSize}, which {nameof(Heads)}, {Heads}, does not divide; choose another, or set {nameof(HeadSize)}";
        else if ((_headSize is not null || (Heads > 0 && HiddenSize > 0)) && (HeadSize < 2 || HeadSize % 2 != 0))
            yield return $"{nameof(HeadSize)} is {HeadSize}; it must be even and at least 2, because rotary positions turn pairs";

        if (!double.IsFinite(RmsNormEpsilon) || RmsNormEpsilon <= 0)
            yield return $"{nameof(RmsNormEpsilon)} is {RmsNormEpsilon}; it must be finite and above 0";
        if (!double.IsFinite(RopeTheta) || RopeTheta <= 0)
            yield return $"{nameof(RopeTheta)} is {RopeTheta}; it must be finite and above 0";
        if (!double.IsFinite(InitializerRange) || InitializerRange < 0)
            yield return $"{nameof(InitializerRange)} is {InitializerRange}; it must be finite and at least 0";
    }
}
