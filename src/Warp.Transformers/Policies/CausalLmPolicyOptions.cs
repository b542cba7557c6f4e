namespace Warp.Transformers;

/// <summary>Settings of a <see cref="CausalLmPolicy"/> that change memory and speed, not results.</summary>
public sealed record CausalLmPolicyOptions
{
    /// <summary>The default of <see cref="LogitChunkRows"/>.</summary>
    public const int DefaultLogitChunkRows = 1024;

    /// <summary>
    /// How many generated tokens are projected onto the vocabulary at once when they are scored, at least 1. Scoring and its gradient then
    /// hold this × vocabulary logits, whatever the batch. Default 1024.
    /// </summary>
    public int LogitChunkRows { get; init; } = DefaultLogitChunkRows;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">A setting is out of range.</exception>
    public void Validate()
    {
        if (LogitChunkRows < 1)
            throw new OptionsException(nameof(CausalLmPolicyOptions), [$"{nameof(LogitChunkRows)} is {LogitChunkRows}; it must be at least 1"]);
    }
}
