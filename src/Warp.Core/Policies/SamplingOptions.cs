namespace Warp;

/// <summary>
/// How completions are sampled: from the whole distribution, at a temperature. There is no top-k or top-p, because with them the policy
/// that acts would not be the policy whose log-probabilities are scored.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// The temperature that logits are divided by, finite and above 0 for sampling; 0 is greedy decoding, which training refuses. Default
    /// 0.9 (paper, Appendix B). The same temperature is used in log-probabilities and evaluation: the policy that acts is the tempered one.
    /// </summary>
    public double Temperature { get; init; } = 0.9;

    /// <summary>The greatest number of generated tokens, at least 1. A completion without an end token by then is cut off and marked. Default 128.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; all are listed.</exception>
    public void Validate() => OptionProblems.ThrowIfAny(Problems(), nameof(SamplingOptions));

    internal IEnumerable<string> Problems()
    {
        if (!double.IsFinite(Temperature) || Temperature < 0)
            yield return $"{nameof(Temperature)} is {Temperature}; it must be finite and at least 0 (0 is greedy)";
        if (MaxNewTokens < 1)
            yield return $"{nameof(MaxNewTokens)} is {MaxNewTokens}; it must be at least 1";
    }
}
