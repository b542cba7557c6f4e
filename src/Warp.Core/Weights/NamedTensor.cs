using static TorchSharp.torch;

namespace Warp;

/// <summary>One tensor of a <see cref="ParameterSet"/> with the names under which its module knows it.</summary>
/// <remarks>Tied parameters are one tensor with several names: the first is <see cref="Name"/>, the others are <see cref="Aliases"/>.</remarks>
public sealed class NamedTensor
{
    internal NamedTensor(string name, IReadOnlyList<string> aliases, Tensor tensor, bool isTrainable)
    {
        Name = name;
        Aliases = aliases;
        Tensor = tensor;
        IsTrainable = isTrainable;
    }

    /// <summary>The name under which the tensor comes first in its module.</summary>
    public string Name { get; }

    /// <summary>Further names of the same storage; empty unless the tensor is tied.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The tensor. It belongs to the set: do not dispose it.</summary>
    public Tensor Tensor { get; }

    /// <summary>
    /// Whether training moves the tensor. Merging, averaging and interpolation act on these; all others (integer buffers, frozen
    /// weights) are carried over after a check that every input agrees on them.
    /// </summary>
    public bool IsTrainable { get; }

    internal NamedTensor With(Tensor tensor) => new(Name, Aliases, tensor, IsTrainable);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Tensor.shape)}] {Tensor.dtype}";
}
