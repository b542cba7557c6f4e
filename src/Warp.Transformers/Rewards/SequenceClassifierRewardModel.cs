using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// A decoder with one number at its end as a reward model: it reads the text of prompt and completion with a tokenizer of its own, which need
/// not be the policy's. <see cref="RewardTraining"/> trains it, on labelled texts or on preferences.
/// </summary>
/// <remarks>
/// <para>
/// The reward is w · h: h is the state of the text's last token after the final norm, w the head (<c>score.weight</c>, [1, hidden], without
/// bias), as in Hugging Face's <c>…ForSequenceClassification</c> with one label. Trained on labels it is the log-odds of a good text, trained on
/// preferences a score whose differences are log-odds (Bradley and Terry, 1952). No unit is shared by two models.
/// </para>
/// <para>
/// The text is the prompt's with the completion's directly after it, unless <see cref="SequenceClassifierOptions.Text"/> says otherwise; its
/// tokens are the start token of the model's tokenizer, if it has one, and what that tokenizer makes of the text; a text that begins with the
/// start token, as a chat template writes it, has it once. A text without any token is not scorable; one of more tokens than the model reads is shortened or refused, as <see cref="SequenceClassifierOptions.Overlong"/> says.
/// </para>
/// <para>
/// A text's reward does not depend on what is scored with it or beside it, up to the rounding of matrix products of different sizes (in
/// float32 about 1e-5 of the score). Any number of threads may score at once; they take turns. Training and disposing must not happen meanwhile.
/// </para>
/// </remarks>
public sealed class SequenceClassifierRewardModel : IRewardModel, IDisposable
{
    private readonly SequenceClassifier _classifier;
    private readonly SequenceClassifierOptions _options;
    private readonly TextTokens _tokens;
    private readonly string? _source;
    private readonly Lock _turn = new();

    private SequenceClassifierRewardModel(SequenceClassifier classifier, ITokenizer tokenizer, SequenceClassifierOptions options, string? source)
    {
        (_classifier, _options, Tokenizer, _source) = (classifier, options, tokenizer, source);
        _tokens = new TextTokens(tokenizer, options, classifier.Decoder.Config.MaxPositions);
        Weights = ParameterSet.Of(classifier);
    }

    /// <summary>The shape of the decoder. It has no output head; <see cref="DecoderConfig.TieWordEmbeddings"/> means nothing here and is true.</summary>
    public DecoderConfig Config => _classifier.Decoder.Config;

    /// <summary>The model's own tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The live weights: those of the decoder without its output head, and <c>score.weight</c>.</summary>
    public ParameterSet Weights { get; }

    /// <summary>How many texts have been longer than <see cref="SequenceClassifierOptions.MaxTokens"/> so far, in scoring, training and evaluation.</summary>
    public long OverlongTexts => _tokens.Overlong;

    internal SequenceClassifier Classifier => _classifier;

    internal SequenceClassifierOptions Options => _options;

    /// <summary>Makes a model with random weights.</summary>
    /// <param name="config">The shape of the decoder.</param>
    /// <param name="tokenizer">The model's tokenizer; stays the caller's.</param>
    /// <param name="random">The only source of the weights; two numbers are drawn from it.</param>
    /// <param name="type">The type of the weights: float32 (default, the only one that can be trained), bfloat16 or float64.</param>
    /// <param name="device">Where the weights lie; the CPU by default.</param>
    /// <param name="options">How texts are read; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The configuration, the type, an option or a special token of the tokenizer is out of range.</exception>
    public static SequenceClassifierRewardModel Create(
        DecoderConfig config,
        ITokenizer tokenizer,
        RandomStream random,
        ScalarType type = ScalarType.Float32,
        Device? device = null,
        SequenceClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        return Make(() => new Decoder(SequenceClassifier.Body(config), random, type, device), tokenizer, options, random);
    }

    /// <summary>Makes a model with the weights of a language model and a random head, to be trained.</summary>
    /// <param name="body">The language model; its weights are copied, so it may be a policy's. Its output head is not used.</param>
    /// <param name="tokenizer">The tokenizer of <paramref name="body"/>; stays the caller's.</param>
    /// <param name="random">The only source of the head; one number is drawn from it.</param>
    /// <param name="options">How texts are read; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option or a special token of the tokenizer is out of range.</exception>
    public static SequenceClassifierRewardModel FromDecoder(
        Decoder body, ITokenizer tokenizer, RandomStream random, SequenceClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(random);
        return Make(() => CopyOf(body), tokenizer, options, random);
    }

    /// <summary>
    /// Loads a reward model from a Hugging Face folder of a <c>…ForSequenceClassification</c> with one label: <c>config.json</c>, safetensors weights
    /// with <c>score.weight</c>, and the tokenizer.
    /// </summary>
    /// <param name="folder">The folder. It need not be trusted.</param>
    /// <param name="device">Where the weights shall lie; the CPU by default.</param>
    /// <param name="type">Their type: float32, bfloat16 or float64; by default the one that is stored. What is trained must be float32.</param>
    /// <param name="tokenizer">The model's tokenizer; stays the caller's. By default the folder's own.</param>
    /// <param name="options">How texts are read; null takes the defaults. They are not stored in the folder.</param>
    /// <remarks>The architectures are those of <see cref="DecoderConfig.KnownModelTypes"/>. To begin with a language model, use <see cref="FromDecoder"/>.</remarks>
    /// <exception cref="PretrainedModelException">
    /// The folder has no reward model, no tokenizer, a setting that is not implemented, or tensors that are missing, unexpected or of another shape;
    /// the message lists every problem.
    /// </exception>
    /// <exception cref="SafetensorsException">A file of weights is malformed or is a pickle.</exception>
    /// <exception cref="ArgumentException"><paramref name="type"/> is another type, an option or a special token of the tokenizer is out of range.</exception>
    /// <exception cref="IOException">The folder or a file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static SequenceClassifierRewardModel FromPretrained(
        string folder, Device? device = null, ScalarType? type = null, ITokenizer? tokenizer = null, SequenceClassifierOptions? options = null)
    {
        var config = PretrainedConfig.Read(folder);
        if (tokenizer is null && !PretrainedTokenizer.Exists(folder))
            throw new PretrainedModelException(folder, ["it has no tokenizer (tokenizer.json or tokenizer.model), and a reward model reads texts; give one when loading"]);
        tokenizer ??= PretrainedTokenizer.Load(folder);
        RefuseLanguageModel(folder);
        var body = config with { Decoder = SequenceClassifier.Body(config.Decoder) };
        return Wrap(PretrainedWeights.Load(folder, body, device, type, decoder => new SequenceClassifier(decoder)), tokenizer, options, Path.GetFullPath(folder));
    }

    /// <summary>
    /// Writes the model as a Hugging Face folder that transformers loads as <c>…ForSequenceClassification</c> and <see cref="FromPretrained"/> loads here.
    /// </summary>
    /// <param name="folder">The folder. It is prepared under a temporary name and appears as a whole.</param>
    /// <param name="options">Type, size of shards, whether to overwrite; null takes the defaults.</param>
    /// <param name="tokenizerFrom">
    /// A folder whose tokenizer files are copied, for instance that of the language model that this one began with. By default the folder that this
    /// model was loaded from; a tokenizer that was made in code has no files and is not saved.
    /// </param>
    /// <exception cref="OptionsException">
    /// A setting is out of range, or the configuration has a value that the architecture's <c>config.json</c> has no word for; nothing was written.
    /// </exception>
    /// <exception cref="IOException">Files exist and are not to be replaced, a folder is gone, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The place may not be written to.</exception>
    public void SavePretrained(string folder, SavePretrainedOptions? options = null, string? tokenizerFrom = null)
    {
        options ??= new SavePretrainedOptions();
        options.Validate();
        PretrainedFolder.Save(folder, Weights, Weights, ConfigText, tokenizerFrom ?? _source, options);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no rollouts, or the tokenizer refuses a text.</exception>
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rollouts);
        return ValueTask.FromResult(Score([.. rollouts.Select(TextOf)], cancellationToken));
    }

    /// <summary>Scores texts as they are.</summary>
    /// <param name="texts">At least one.</param>
    /// <param name="cancellationToken">Ends the work between passes through the model.</param>
    /// <returns>One reward per text, in order; not scorable are texts without tokens and, if so set, texts that are too long.</returns>
    /// <exception cref="ArgumentException">There are no texts, one is null, or the tokenizer refuses one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<Reward> Score(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0)
            throw new ArgumentException("There are no texts; give at least one.", nameof(texts));
        var rewards = new Reward[texts.Count];
        var scorable = new List<(int At, IReadOnlyList<int> Tokens)>(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            var tokens = Read(texts[i] ?? throw new ArgumentException($"Text {i} is null.", nameof(texts)), out var problem);
            if (problem is null)
                scorable.Add((i, tokens));
            else
                rewards[i] = Reward.NotScorable(problem);
        }

        using var noGradient = no_grad();
        foreach (var group in TokenBatch.Group(scorable.Count, i => scorable[i].Tokens.Count, rows: 1, _options.TokensPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var scores = Scores([.. group.Select(i => scorable[i].Tokens)]);
            for (var i = 0; i < group.Length; i++)
                rewards[scorable[group[i]].At] = Reward.Of(scores[i]);
        }

        return rewards;
    }

    /// <summary>Disposes the decoder and the head with their weights.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        _classifier.Dispose();
    }

    /// <summary>The tokens of a text, checked against the vocabulary.</summary>
    internal IReadOnlyList<int> Read(string text, out string? problem)
    {
        var tokens = _tokens.Read(text, out problem);
        PolicyInput.CheckVocabulary(tokens, Config, $"the text \"{(text.Length <= 80 ? text : text[..80] + "…")}\"", nameof(text));
        return tokens;
    }

    internal TokenBatch Batch(IReadOnlyList<IReadOnlyList<int>> texts) => new(texts, Tokenizer.PadTokenId);

    private double[] Scores(IReadOnlyList<IReadOnlyList<int>> texts)
    {
        using var scope = NewDisposeScope();
        // The decoder's table of positions grows when it is first needed; two threads must not do that at once.
        lock (_turn)
            return _classifier.Scores(Batch(texts)).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    private string TextOf(Rollout rollout) => _options.Text is { } text ? text(rollout) : rollout.Prompt.Text + rollout.Completion.Text;

    private static SequenceClassifierRewardModel Make(
        Func<Decoder> decoder, ITokenizer tokenizer, SequenceClassifierOptions? options, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var model = Wrap(new SequenceClassifier(decoder()), tokenizer, options, source: null);
        NormalWeights.Fill(model._classifier.Head, model.Config.InitializerRange, random);
        return model;
    }

    /// <summary>A reward model over a classifier that nobody else has: if it cannot be made, the classifier is disposed.</summary>
    private static SequenceClassifierRewardModel Wrap(SequenceClassifier classifier, ITokenizer tokenizer, SequenceClassifierOptions? options, string? source)
    {
        try
        {
            options ??= new SequenceClassifierOptions();
            options.Validate(classifier.Decoder.Config.MaxPositions);
            PolicyInput.Check(tokenizer, classifier.Decoder.Config);
            if (options.AppendEndToken && tokenizer.EndTokenIds.Count == 0)
                throw new OptionsException(nameof(SequenceClassifierOptions), [$"{nameof(options.AppendEndToken)} is True, and the tokenizer has no end token"]);
            return new(classifier, tokenizer, options, source);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    private static void RefuseLanguageModel(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        if (checkpoint.TryGet(SequenceClassifier.HeadName, out var head))
        {
            if (head.Shape is [> 1 and var labels, _])
            {
                throw new PretrainedModelException(folder,
                    [$"'{SequenceClassifier.HeadName}' is [{string.Join(", ", head.Shape)}]: it is a classifier with {labels} labels, and a reward model has one; train it with num_labels=1, or keep the row of the label that is the reward and save that"]);
            }
        }
        else
        {
            throw new PretrainedModelException(folder,
                [$"it has no '{SequenceClassifier.HeadName}', so it is no reward model; to train one from a language model, load that by {nameof(CausalLmPolicy)}.{nameof(CausalLmPolicy.FromPretrained)} and give its decoder to {nameof(FromDecoder)}"]);
        }
    }

    private string ConfigText(string type)
    {
        // A loaded model's file is kept with all that it says; the tie of a head that there is not is as good as any.
        var text = _source is null ? null : PretrainedConfig.ReadText(Path.Combine(_source, PretrainedConfig.FileName));
        return ClassifierConfig.Text(text ?? PretrainedFolder.ConfigText(Config, Tokenizer, type), Config, Tokenizer.PadTokenId, type);
    }

    private static Decoder CopyOf(Decoder source)
    {
        var copy = new Decoder(SequenceClassifier.Body(source.Config), source.Type, source.Device);
        using var noGradient = no_grad();
        var weights = source.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in copy.named_parameters())
            parameter.copy_(weights[name]).DetachFromDisposeScope();
        return copy;
    }
}
