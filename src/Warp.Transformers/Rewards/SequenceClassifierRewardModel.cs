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
/// tokens are the start token of the model's tokenizer, if it has one, and what that tokenizer makes of the text. A text without any token is
/// not scorable; one of more tokens than the model reads is shortened or refused, as <see cref="SequenceClassifierOptions.Overlong"/> says.
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
    private readonly Lock _turn = new();

    private SequenceClassifierRewardModel(SequenceClassifier classifier, ITokenizer tokenizer, SequenceClassifierOptions options)
    {
        (_classifier, _options, Tokenizer) = (classifier, options, tokenizer);
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
        var model = Wrap(decoder, tokenizer, options);
        NormalWeights.Fill(model._classifier.Head, model.Config.InitializerRange, random);
        return model;
    }

    private static SequenceClassifierRewardModel Wrap(Func<Decoder> make, ITokenizer tokenizer, SequenceClassifierOptions? options)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var decoder = make();
        try
        {
            options ??= new SequenceClassifierOptions();
            options.Validate(decoder.Config.MaxPositions);
            PolicyInput.Check(tokenizer, decoder.Config);
            if (options.AppendEndToken && tokenizer.EndTokenIds.Count == 0)
                throw new OptionsException(nameof(SequenceClassifierOptions), [$"{nameof(options.AppendEndToken)} is True, and the tokenizer has no end token"]);
            return new(new SequenceClassifier(decoder), tokenizer, options);
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
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
