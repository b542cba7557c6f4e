namespace Warp.Transformers;

/// <summary>How a <see cref="SequenceClassifierRewardModel"/> reads texts. The settings are not stored with the model.</summary>
public sealed record SequenceClassifierOptions
{
    /// <summary>The default of <see cref="TokensPerBatch"/>.</summary>
    public const int DefaultTokensPerBatch = 16_384;

    /// <summary>
    /// The text of a prompt with its completion. Default null: the two texts, one directly after the other. Tokenizers that drop the space at
    /// the beginning of what they decode lose it between the two; then give
    /// <c>rollout => policyTokenizer.Text(rollout)</c> (<see cref="TokenizerExtensions.Text"/>), or whatever your model was trained to read.
    /// </summary>
    public Func<Rollout, string>? Text { get; init; }

    /// <summary>Whether the first end token of the model's tokenizer follows every text. Default false, as in Hugging Face's classifiers.</summary>
    public bool AppendEndToken { get; init; }

    /// <summary>
    /// The most tokens of a text, start and end token included: at least 1 and at most <see cref="DecoderConfig.MaxPositions"/>. Default
    /// null: as many as the model has positions.
    /// </summary>
    public int? MaxTokens { get; init; }

    /// <summary>What becomes of longer texts; <see cref="SequenceClassifierRewardModel.OverlongTexts"/> counts them. Default <see cref="OverlongText.KeepEnd"/>.</summary>
    public OverlongText Overlong { get; init; } = OverlongText.KeepEnd;

    /// <summary>
    /// How many tokens, padding included, pass through the model at once, at least 1; a longer text has a pass to itself. It bounds memory, also
    /// in training, and does not change results. Default 16384.
    /// </summary>
    public int TokensPerBatch { get; init; } = DefaultTokensPerBatch;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">A setting is out of range; all are listed.</exception>
    public void Validate() => Validate(int.MaxValue);

    internal void Validate(int maxPositions)
    {
        if (Problems(maxPositions).ToList() is { Count: > 0 } problems)
            throw new OptionsException(nameof(SequenceClassifierOptions), problems);
    }

    private IEnumerable<string> Problems(int maxPositions)
    {
        if (MaxTokens is < 1 || MaxTokens > maxPositions)
        {
            yield return $"{nameof(MaxTokens)} is {MaxTokens}; it must be at least 1"
                + (maxPositions < int.MaxValue ? $" and at most {maxPositions}, the positions of the model" : "");
        }

        if (!Enum.IsDefined(Overlong))
            yield return $"{nameof(Overlong)} is {Overlong}; it may be {string.Join(", ", Enum.GetNames<OverlongText>())}";
        if (TokensPerBatch < 1)
            yield return $"{nameof(TokensPerBatch)} is {TokensPerBatch}; it must be at least 1";
    }
}
