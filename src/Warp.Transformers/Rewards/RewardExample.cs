namespace Warp.Transformers;

/// <summary>
/// What a reward model learns from, in one form: it is right if its margin Σ signᵢ · rᵢ is above 0, and the loss is −log σ(margin). A good text
/// has the margin r, a bad one −r (binary cross-entropy), a preference r_chosen − r_rejected (Bradley-Terry).
/// </summary>
/// <param name="Texts">The tokens of one or two texts.</param>
/// <param name="Signs">1 or −1 for each.</param>
internal sealed record RewardExample(IReadOnlyList<IReadOnlyList<int>> Texts, IReadOnlyList<float> Signs)
{
    private static readonly float[] Good = [1];
    private static readonly float[] Bad = [-1];
    private static readonly float[] Preference = [1, -1];

    internal int Longest => Texts.Max(t => t.Count);

    internal int Tokens => Texts.Sum(t => t.Count);

    internal static RewardExample[] Of(SequenceClassifierRewardModel model, IReadOnlyList<LabelledText> examples)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(examples);
        return NotNone([.. examples.Select((example, i) => Read(model, i, example, example is { IsPositive: true } ? Good : Bad, example?.Text))]);
    }

    internal static RewardExample[] Of(SequenceClassifierRewardModel model, IReadOnlyList<PreferencePair> examples)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(examples);
        return NotNone([.. examples.Select((pair, i) => Read(model, i, pair is { Prompt: not null, Chosen: not null, Rejected: not null } ? pair : null, Preference, pair?.Prompt + pair?.Chosen, pair?.Prompt + pair?.Rejected))]);
    }

    private static RewardExample Read(SequenceClassifierRewardModel model, int at, object? example, float[] signs, params string?[] texts)
    {
        if (example is null || texts.Contains(null))
            throw new ArgumentException($"Example {at} is null or has no text. Leave it out, or give its text (\"\" for none).", nameof(texts));
        return new([.. texts.Select(text => Read(model, at, text!))], signs);
    }

    private static IReadOnlyList<int> Read(SequenceClassifierRewardModel model, int at, string text)
    {
        var tokens = model.Read(text, out var problem);
        return problem is null
            ? tokens
            : throw new ArgumentException(
                $"Example {at} cannot be used: {problem}. Leave it out, or choose another {nameof(SequenceClassifierOptions)}.{nameof(SequenceClassifierOptions.Overlong)} "
                + $"or {nameof(SequenceClassifierOptions.MaxTokens)}.",
                nameof(text));
    }

    private static RewardExample[] NotNone(RewardExample[] examples) =>
        examples.Length > 0 ? examples : throw new ArgumentException("There are no examples; give at least one.", nameof(examples));
}
