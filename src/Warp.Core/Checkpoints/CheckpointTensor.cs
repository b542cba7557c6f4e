using TorchSharp;

namespace Warp;

/// <summary>One tensor of a checkpoint as its file describes it: name, type, shape and size, without its data.</summary>
public sealed class CheckpointTensor
{
    /// <summary>Describes a tensor that is to be written.</summary>
    /// <param name="name">Its name. Not empty.</param>
    /// <param name="typeName">Its type as the format calls it, such as <c>F32</c>, <c>BF16</c> or <c>F8_E4M3</c>.</param>
    /// <param name="shape">Its sizes; empty for a scalar.</param>
    /// <param name="byteCount">Its bytes. Needed only for a type that is not known here; for all others it follows from the shape.</param>
    /// <param name="aliases">Further names of the same tensor. They are written as metadata, alias → name.</param>
    /// <exception cref="ArgumentException">A name is empty, the type is no name of a type, a size is negative, or the byte count does not fit.</exception>
    public CheckpointTensor(string name, string typeName, IReadOnlyList<long> shape, long? byteCount = null, IReadOnlyList<string>? aliases = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(typeName);
        ArgumentNullException.ThrowIfNull(shape);
        Name = name;
        Type = SafetensorsType.Find(typeName) ?? throw new ArgumentException(
            $"The type of '{name}' is '{typeName}'; a type is a name of letters, digits and '_', such as F32.", nameof(typeName));
        Shape = [.. shape];
        Aliases = [.. aliases ?? []];
        if (Shape.Any(size => size < 0) || Shape.Count > SafetensorsEntry.MaxDimensions)
            throw new ArgumentException($"The shape of '{name}' is [{string.Join(", ", Shape)}]; give at most {SafetensorsEntry.MaxDimensions} sizes of at least 0.", nameof(shape));
        var needed = SafetensorsEntry.BytesOf(Shape, Type)
            ?? throw new ArgumentException($"The shape [{string.Join(", ", Shape)}] of '{name}' is too large, or fills no whole number of bytes.", nameof(shape));
        if (byteCount < 0 || (Type.IsKnown ? byteCount is not null && byteCount != needed : byteCount is null))
        {
            throw new ArgumentException(
                $"'{name}' is {typeName} [{string.Join(", ", Shape)}] with a byte count of {byteCount?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}; "
                + (Type.IsKnown ? $"it takes {needed}." : "give the byte count of a type that is not known."),
                nameof(byteCount));
        }

        ByteCount = byteCount ?? needed;
    }

    internal CheckpointTensor(SafetensorsEntry entry, IReadOnlyList<string> aliases, SafetensorsReader reader)
    {
        Name = entry.Name;
        Type = entry.Type;
        Shape = entry.Shape;
        ByteCount = entry.End - entry.Begin;
        Aliases = aliases;
        Entry = entry;
        Reader = reader;
    }

    private CheckpointTensor(CheckpointTensor other, IReadOnlyList<string> aliases)
    {
        (Name, Type, Shape, ByteCount, Aliases, Entry, Reader) = (other.Name, other.Type, other.Shape, other.ByteCount, aliases, other.Entry, other.Reader);
    }

    /// <summary>The name under which the tensor is stored.</summary>
    public string Name { get; }

    /// <summary>Further names of the same tensor; empty unless it is tied.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The type as the format calls it, such as <c>F32</c> or <c>BF16</c>.</summary>
    public string TypeName => Type.Name;

    /// <summary>The type in TorchSharp; null for a type that TorchSharp has no tensors of. Such a tensor can only be carried through.</summary>
    public torch.ScalarType? ScalarType => Type.Scalar;

    /// <summary>The sizes; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many bytes the data have.</summary>
    public long ByteCount { get; }

    /// <summary>How many elements the tensor has: the product of its sizes.</summary>
    public long ElementCount => Shape.Aggregate(1L, (count, size) => count * size);

    /// <summary>
    /// Whether training moves the tensor, as far as a file can tell: F64, F32, F16 and BF16 are trainable except for the buffers that old
    /// checkpoints contain (GPT-2's and GPT-NeoX's causal masks, Llama's rotary frequencies). All others are carried over.
    /// </summary>
    public bool IsTrainable => ScalarType is torch.ScalarType.Float64 or torch.ScalarType.Float32 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16
        && !CheckpointNames.IsBuffer(Name, Shape);

    internal SafetensorsType Type { get; }

    internal SafetensorsEntry? Entry { get; }

    internal SafetensorsReader? Reader { get; }

    /// <summary>The same tensor in another type, as a description of what is to be written.</summary>
    /// <param name="typeName">The type as the format calls it, such as <c>BF16</c>.</param>
    /// <exception cref="ArgumentException">The type is not known.</exception>
    public CheckpointTensor WithType(string typeName) => new(Name, typeName, Shape, byteCount: null, Aliases);

    internal CheckpointTensor WithAliases(IReadOnlyList<string> aliases) => new(this, aliases);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}] {TypeName}";
}
