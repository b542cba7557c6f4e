using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>A decoder with its tokenizer as a policy: sampled in batches over a key-value cache, scored exactly, trained through its log-probabilities.</summary>
/// <remarks>
/// <para>
/// Every row has a random stream of its own, from which its t-th token takes the t-th number: a completion does not depend on what else is in
/// the batch or on when other rows end. (Up to rounding: matrix products of different sizes may differ in the last bit, which changes a token
/// with a probability of about 1e-7 in float32, and more often in bfloat16, whose last bit is 2¹⁶ times as large.) Sampler and scorer both compute
/// logits in float32, or in float64 if the weights are.
/// </para>
/// <para>One policy is used by one thread at a time; different policies by different threads do not disturb one another.</para>
/// </remarks>
public sealed class CausalLmPolicy : IDistributionPolicy
{
    private readonly CausalLmPolicyOptions _options;
    private readonly string? _source;

    /// <summary>Wraps a decoder.</summary>
    /// <param name="decoder">The model; the policy takes it over and disposes it.</param>
    /// <param name="tokenizer">The model's tokenizer; stays the caller's.</param>
    /// <param name="options">Memory and speed; null takes the defaults.</param>
    /// <exception cref="ArgumentException">A special token of the tokenizer is outside the model's vocabulary, or an option is out of range.</exception>
    public CausalLmPolicy(Decoder decoder, ITokenizer tokenizer, CausalLmPolicyOptions? options = null)
        : this(decoder, tokenizer, options, source: null)
    {
        PolicyInput.Check(tokenizer, decoder.Config);
    }

    /// <param name="decoder">The model.</param>
    /// <param name="tokenizer">Its tokenizer, whose special tokens are not checked.</param>
    /// <param name="options">Memory and speed.</param>
    /// <param name="source">The folder that the model came from.</param>
    private CausalLmPolicy(Decoder decoder, ITokenizer tokenizer, CausalLmPolicyOptions? options, string? source)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        _options = options ?? new CausalLmPolicyOptions();
        _options.Validate();
        Decoder = decoder;
        Tokenizer = tokenizer;
        Weights = ParameterSet.Of(decoder);
        _source = source;
    }

    /// <summary>The model.</summary>
    public Decoder Decoder { get; }

    /// <summary>The model's tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public ParameterSet Weights { get; }

    /// <summary>Makes a policy with random weights.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="tokenizer">The model's tokenizer; stays the caller's.</param>
    /// <param name="random">The only source of the weights; one number is drawn from it.</param>
    /// <param name="type">The type of the weights: float32 (default), bfloat16 or float64. What is trained should be float32.</param>
    /// <param name="device">Where the weights lie; the CPU by default.</param>
    /// <param name="options">Memory and speed; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The configuration, the type, an option or a special token of the tokenizer is out of range.</exception>
    public static CausalLmPolicy Create(
        DecoderConfig config,
        ITokenizer tokenizer,
        RandomStream random,
        ScalarType type = ScalarType.Float32,
        Device? device = null,
        CausalLmPolicyOptions? options = null)
    {
        return Over(new Decoder(config, random, type, device), decoder => new CausalLmPolicy(decoder, tokenizer, options));
    }

    /// <summary>Loads a Hugging Face folder: <c>config.json</c>, safetensors weights in one file or in shards, and the tokenizer if it has one.</summary>
    /// <param name="folder">The folder. It need not be trusted. <see cref="SavePretrained"/> copies its configuration and tokenizer.</param>
    /// <param name="device">Where the weights shall lie; the CPU by default.</param>
    /// <param name="type">
    /// Their type: float32, bfloat16 or float64. By default the one that is stored; float16 is not computed in, so a type must then be chosen. What is
    /// trained should be float32.
    /// </param>
    /// <param name="tokenizer">
    /// The model's tokenizer; stays the caller's. By default the folder's own; without one, the policy has the special ids of the configuration,
    /// works on token ids alone and gives completions without text. Special ids of the folder's own that the model does not have never come up: such an
    /// end token ends nothing.
    /// </param>
    /// <param name="options">Memory and speed; null takes the defaults.</param>
    /// <remarks>
    /// The architectures are those of <see cref="DecoderConfig.KnownModelTypes"/>. Logits are those of transformers 4.47 to within rounding. Names may have
    /// the prefixes of other classes that saved the checkpoint; masks that old checkpoints store are left out.
    /// </remarks>
    /// <exception cref="PretrainedModelException">
    /// The architecture or a setting is not implemented, tensors are missing, unexpected or of another shape, or float16 needs a choice; the
    /// message lists every problem.
    /// </exception>
    /// <exception cref="TokenizerException">The folder's tokenizer is malformed or asks for something that is not supported; give another.</exception>
    /// <exception cref="SafetensorsException">A file of weights is malformed or is a pickle.</exception>
    /// <exception cref="ArgumentException"><paramref name="type"/> is another type, an option or a special token of the tokenizer is out of range.</exception>
    /// <exception cref="IOException">The folder or a file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static CausalLmPolicy FromPretrained(
        string folder, Device? device = null, ScalarType? type = null, ITokenizer? tokenizer = null, CausalLmPolicyOptions? options = null)
    {
        var config = PretrainedConfig.Read(folder);
        var given = tokenizer;
        tokenizer ??= FolderTokenizer.Find(folder, config);
        return Over(PretrainedWeights.Load(folder, config, device, type), decoder =>
        {
            if (given is not null)
                PolicyInput.Check(given, config.Decoder);
            return new CausalLmPolicy(decoder, tokenizer, options, Path.GetFullPath(folder));
        });
    }

    /// <summary>A policy of its own with the same weights, for instance as an anchor or for another run.</summary>
    /// <param name="type">The type of its weights, rounded to once; by default the same.</param>
    /// <param name="device">Where its weights lie; by default the same device.</param>
    /// <exception cref="ArgumentException"><paramref name="type"/> is not float32, bfloat16 or float64.</exception>
    public CausalLmPolicy Clone(ScalarType? type = null, Device? device = null)
    {
        return Over(new Decoder(Decoder.Config, type ?? Decoder.Type, device ?? Decoder.Device), decoder =>
        {
            var clone = new CausalLmPolicy(decoder, Tokenizer, _options, _source);
            clone.Weights.CopyFrom(Weights);
            return clone;
        });
    }

    /// <summary>
    /// Writes the model as a Hugging Face folder: safetensors under the names of transformers, a tied head once, <c>config.json</c>, and what the
    /// folder that it was loaded from has of tokenizer and generation files.
    /// </summary>
    /// <param name="folder">
    /// The folder. It is prepared under a temporary name and appears as a whole; in one that exists, files that are no part of a checkpoint stay.
    /// </param>
    /// <param name="options">Type, size of shards, whether to overwrite; null takes the defaults.</param>
    /// <param name="weights">
    /// What to write in place of the policy's own weights, for instance the result of a merge or of <see cref="WarpLoop"/>: the same names, ties and
    /// shapes. Null: the policy's own.
    /// </param>
    /// <remarks>
    /// A loaded model's <c>config.json</c> is copied with all that it says, but for the type. For one made by <see cref="Create"/> it is written
    /// anew with the special ids of the tokenizer; a tokenizer that was made in code has no files and is not saved.
    /// </remarks>
    /// <exception cref="OptionsException">
    /// A setting is out of range, or the configuration has a value that the architecture's <c>config.json</c> has no word for; nothing was written.
    /// </exception>
    /// <exception cref="ParameterMismatchException">The weights are not those of this model; every difference is listed.</exception>
    /// <exception cref="IOException">Files exist and are not to be replaced, the folder that the model was loaded from is gone, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The place may not be written to.</exception>
    public void SavePretrained(string folder, SavePretrainedOptions? options = null, ParameterSet? weights = null)
    {
        options ??= new SavePretrainedOptions();
        options.Validate();
        PretrainedFolder.Save(
            folder, Weights, weights ?? Weights, type => _source is null ? PretrainedFolder.ConfigText(Decoder.Config, Tokenizer, type) : null, _source, options);
    }

    /// <inheritdoc/>
    /// <param name="prompts">At least one.</param>
    /// <param name="sampling">Temperature (0 is greedy) and greatest length.</param>
    /// <param name="random">The only source of randomness; one number is drawn from it per call. Equal streams give equal completions.</param>
    /// <param name="cancellationToken">Ends the work between tokens.</param>
    /// <returns>One completion per prompt, in order.</returns>
    /// <exception cref="ArgumentException">
    /// There are no prompts, a token id is outside the vocabulary, a setting is out of range, or a prompt with
    /// <see cref="SamplingOptions.MaxNewTokens"/> more tokens does not fit <see cref="DecoderConfig.MaxPositions"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The logits are not numbers.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<Completion> Generate(
        IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        ArgumentNullException.ThrowIfNull(random);
        sampling.Validate();
        PolicyInput.Check(prompts, sampling.MaxNewTokens, Decoder.Config);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var generation = new Generation(Decoder, Tokenizer, prompts, sampling, random);
        return generation.Run(cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Rows are padded on the right to the longest rollout. Memory for logits is bounded by
    /// <see cref="CausalLmPolicyOptions.LogitChunkRows"/>, also in the gradient.
    /// </remarks>
    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var scope = NewDisposeScope();
        return PreciseLogProbabilities(rollouts, temperature).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>Differentiable. The result itself is tokens × vocabulary, so give few rollouts at a time when the vocabulary is large.</remarks>
    public Tensor LogDistributions(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        PolicyInput.Check(rollouts, temperature, Decoder.Config);
        using var scope = NewDisposeScope();
        var states = PredictingStates(new RolloutBatch(rollouts));
        using var divisor = temperature.ToScalar();
        var logits = Decoder.Head().Apply(states).div_(divisor);
        return nn.functional.log_softmax(logits, -1).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Disposes the decoder with its weights.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        Decoder.Dispose();
    }

    /// <summary>As <see cref="LogProbabilities"/>, in the type of the logits.</summary>
    internal Tensor PreciseLogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        PolicyInput.Check(rollouts, temperature, Decoder.Config);
        using var scope = NewDisposeScope();
        var batch = new RolloutBatch(rollouts);
        var values = TokenLogProbabilities.Of(
            PredictingStates(batch), Decoder.Head(), batch.Targets(Decoder.Device), temperature, _options.LogitChunkRows);
        return batch.Spread(values).MoveToOuterDisposeScope();
    }

    /// <summary>A policy over a decoder that nobody else has: if it cannot be made, the decoder is disposed.</summary>
    private static CausalLmPolicy Over(Decoder decoder, Func<Decoder, CausalLmPolicy> make)
    {
        try
        {
            return make(decoder);
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    private Tensor PredictingStates(RolloutBatch batch) =>
        Decoder.Normalize(batch.Predicting(Decoder.Hidden(batch.Ids(Decoder.Device))));
}
