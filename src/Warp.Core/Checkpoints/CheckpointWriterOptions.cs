namespace Warp;

/// <summary>How a checkpoint is written.</summary>
public sealed class CheckpointWriterOptions
{
    /// <summary>The largest shard when nothing else is said: 5 GB, as in transformers.</summary>
    public const long DefaultMaxShardBytes = 5_000_000_000;

    /// <summary>
    /// The most bytes of tensors in one file of a folder, at least 1; see <see cref="ByteSize.Parse"/>. A larger tensor has a file to itself.
    /// Moot for a single file. Default: <see cref="DefaultMaxShardBytes"/>.
    /// </summary>
    public long MaxShardBytes { get; init; } = DefaultMaxShardBytes;

    /// <summary>Whether an existing checkpoint is replaced. Files that are no part of one are never touched. Default: no.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Free text that every file's header gets. <c>format: pt</c> is added unless a format is given, and the ties. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>
    /// A folder whose config, generation, tokenizer, chat template and licence files are copied; code (<c>*.py</c>) is not. Moot for a single
    /// file. Default: none.
    /// </summary>
    public string? CompanionsFrom { get; init; }

    /// <summary>
    /// What the copied <c>config.json</c> shall call the type of the weights, such as <c>bfloat16</c>. Needed only when the type changes; it is
    /// put in place of an existing <c>torch_dtype</c> or <c>dtype</c>. Default: the file is copied as it is.
    /// </summary>
    public string? ConfigType { get; init; }

    /// <summary>
    /// Names of the files that <see cref="CheckpointWriter.AddText"/> will add to a folder, so that existing ones are refused at the beginning
    /// rather than at the end. Moot for a single file. Default: none.
    /// </summary>
    public IReadOnlyList<string> TextFiles { get; init; } = [];
}
