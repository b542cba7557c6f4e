namespace Warp;

/// <summary>How a <see cref="CheckpointStore"/> saves and what it keeps. None of it changes a result: it may differ between start and resumption.</summary>
public sealed record CheckpointStoreOptions
{
    /// <summary>Runs are saved every so many steps, and when they end for whatever reason; at least 1. Default 100.</summary>
    public int Interval { get; init; } = 100;

    /// <summary>How many of the newest checkpoints are kept, at least 1. Default 2: the newest, and one to fall back on should it be damaged.</summary>
    public int KeepLast { get; init; } = 2;

    /// <summary>Whether the checkpoint with the highest held-out reward is kept, of those made at an evaluation. Default true.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>Whether the checkpoint at the end of each iteration is kept. Default true.</summary>
    public bool KeepIterations { get; init; } = true;

    /// <summary>
    /// Settings, by name as in <see cref="SettingDifference.Setting"/>, that may differ from those of the checkpoint; a name stands for all that lie
    /// within it (<c>Reinforce</c>). What has been done stays as it was done. None by default.
    /// </summary>
    public IReadOnlyList<string> AcceptChanges { get; init; } = [];

    /// <summary>Creates the files of the store; a seam for tests of full disks.</summary>
    internal Func<string, Stream> CreateFile { get; init; } = path => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    public void Validate() => OptionProblems.ThrowIfAny(Problems(), nameof(CheckpointStoreOptions));

    private IEnumerable<string> Problems()
    {
        if (Interval < 1)
            yield return $"{nameof(Interval)} is {Interval}; it must be at least 1";
        if (KeepLast < 1)
            yield return $"{nameof(KeepLast)} is {KeepLast}; it must be at least 1";
        for (var i = 0; i < AcceptChanges.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(AcceptChanges[i]))
                yield return $"{nameof(AcceptChanges)}[{i}] is \"{AcceptChanges[i]}\"; give the name of a setting, for instance Reinforce.LearningRate";
        }
    }
}
