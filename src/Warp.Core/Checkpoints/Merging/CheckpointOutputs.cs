using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The checkpoints that are being written. They appear at the end, one after the other and each as a whole; disposing removes those that have
/// not.
/// </summary>
internal sealed class CheckpointOutputs : IDisposable
{
    private readonly MergeInputs _inputs;
    private readonly List<(CheckpointWriter Writer, Provenance Provenance)> _outputs = [];

    /// <param name="inputs">What they are made of; they are of the kind of the first.</param>
    /// <param name="outputs">Their paths, and how they are made.</param>
    /// <param name="options">Type, shards, and whether to overwrite.</param>
    internal CheckpointOutputs(MergeInputs inputs, IEnumerable<(string Path, Provenance Provenance)> outputs, CheckpointMergeOptions options)
    {
        _inputs = inputs;
        var type = options.Merge.OutputType;
        try
        {
            foreach (var (path, provenance) in outputs)
                _outputs.Add((Create(path, provenance, type, options), provenance));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal IReadOnlyList<CheckpointWriter> Writers => [.. _outputs.Select(o => o.Writer)];

    /// <summary>Bytes that <see cref="CopyFrozen"/> reads and writes.</summary>
    internal static long FrozenBytes(MergeInputs inputs, int outputs) => 2 * outputs * inputs.Frozen.Sum(r => r.Tensor.ByteCount);

    /// <summary>Carries over what is not trained.</summary>
    internal void CopyFrozen(ByteProgress progress, CancellationToken cancellationToken)
    {
        foreach (var tensor in _inputs.Frozen.Select(r => r.Tensor))
        {
            foreach (var writer in Writers)
            {
                writer.Copy(tensor.Name, _inputs.Init, tensor, cancellationToken);
                progress.Add(2 * tensor.ByteCount);
                progress.Report(ByteProgress.Writing);
            }
        }
    }

    /// <summary>Writes down the hashes and puts all files under their names.</summary>
    internal void Complete(IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> hashes)
    {
        foreach (var (writer, provenance) in _outputs)
        {
            if (_inputs.Init.IsFolder)
                writer.AddText(ModelCard.FileName, provenance.Card(Provenance.NameOf(writer.Path), hashes).ToMarkdown());
            else
                writer.ReplaceMetadata(provenance.Metadata(hashes));
        }

        _outputs.ForEach(o => o.Writer.Complete());
    }

    public void Dispose()
    {
        // The last first: the first may have created the folder that all are in.
        foreach (var (writer, _) in Enumerable.Reverse(_outputs))
            writer.Dispose();
    }

    private CheckpointWriter Create(string path, Provenance provenance, ScalarType? type, CheckpointMergeOptions options)
    {
        var init = _inputs.Init;
        List<CheckpointTensor> tensors = [.. init.Tensors.Select(t => type is { } other && t.IsTrainable ? t.WithType(OutputTypes.NameOf(other)) : t)];
        var settings = new CheckpointWriterOptions
        {
            MaxShardBytes = options.MaxShardBytes,
            Overwrite = options.Overwrite,
            Metadata = init.IsFolder ? provenance.Carried() : provenance.Metadata(provenance.UnknownHashes),
            CompanionsFrom = init.IsFolder ? init.Path : null,
            TextFiles = init.IsFolder ? [ModelCard.FileName] : [],
            ConfigType = type is { } config ? OutputTypes.ConfigNameOf(config) : null,
        };
        var writer = init.IsFolder ? CheckpointWriter.CreateFolder(path, tensors, settings) : CheckpointWriter.CreateFile(path, tensors, settings);
        var stored = tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in _inputs.Rows.Select(r => r.Tensor))
        {
            // A tie that θ_init does not tell: merged once, and stored as θ_init stores it.
            foreach (var twin in tensor.Aliases.Where(stored.Contains))
                writer.StoreTwice(tensor.Name, twin);
        }

        return writer;
    }
}
