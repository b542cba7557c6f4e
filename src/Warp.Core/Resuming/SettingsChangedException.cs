namespace Warp;

/// <summary>A checkpoint was made with other settings, so going on from it would be a third thing, neither the old run nor the new one.</summary>
public sealed class SettingsChangedException : InvalidOperationException
{
    /// <summary>Creates the exception with no message.</summary>
    public SettingsChangedException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What differs.</param>
    public SettingsChangedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What differs.</param>
    /// <param name="innerException">The cause.</param>
    public SettingsChangedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="differences">All of them.</param>
    /// <param name="unknown">Names in <see cref="CheckpointStoreOptions.AcceptChanges"/> that no setting has; null for none.</param>
    public SettingsChangedException(string folder, IReadOnlyList<SettingDifference> differences, IReadOnlyList<string>? unknown = null)
        : base(
            $"The checkpoint in '{folder}' was made with other settings: {string.Join("; ", differences ?? [])}. Go back to the saved values, give another folder to "
            + $"start anew, or name what may change in {nameof(CheckpointStoreOptions)}.{nameof(CheckpointStoreOptions.AcceptChanges)}."
            + (unknown is { Count: > 0 } ? $" No setting is called {string.Join(" or ", unknown)}." : "")) =>
        Differences = differences ?? [];

    /// <summary>Every setting that differs.</summary>
    public IReadOnlyList<SettingDifference> Differences { get; } = [];
}

/// <summary>A setting that has changed since a checkpoint was made.</summary>
/// <param name="Setting">Its name, for instance <c>Reinforce.LearningRate</c>.</param>
/// <param name="Saved">Its value in the checkpoint, as JSON; null if it was not there.</param>
/// <param name="Now">Its value now, as JSON; null if it is not there.</param>
public sealed record SettingDifference(string Setting, string? Saved, string? Now)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Setting} was {Saved ?? "absent"} and is now {Now ?? "absent"}";
}
