using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The weights of a policy (θ in the paper) or a task vector (δ): an ordered list of named tensors in which tied parameters appear once.
/// </summary>
/// <remarks>
/// <para>
/// A set is either <b>live</b> (<see cref="Of(nn.Module)"/>: it refers to the module's own tensors and follows them) or it <b>owns</b> its
/// tensors (<see cref="Clone"/>, <see cref="Copy(IEnumerable{KeyValuePair{string, Tensor}})"/>, the result of a merge, a loaded file).
/// Disposing an owning set frees its tensors; disposing a live one frees nothing.
/// </para>
/// <para>Names are unique over all tensors and aliases. The order is the module's and is part of every report.</para>
/// </remarks>
public sealed class ParameterSet : IReadOnlyList<NamedTensor>, IDisposable
{
    private readonly NamedTensor[] _tensors;
    private readonly Dictionary<string, NamedTensor> _byName = new(StringComparer.Ordinal);
    private readonly bool _owns;
    private bool _disposed;

    private ParameterSet(NamedTensor[] tensors, bool owns)
    {
        _tensors = tensors;
        _owns = owns;
        foreach (var tensor in tensors)
        {
            _byName.Add(tensor.Name, tensor);
            foreach (var alias in tensor.Aliases)
                _byName.Add(alias, tensor);
        }
    }

    /// <summary>The number of distinct tensors; ties count once.</summary>
    public int Count => _tensors.Length;

    /// <summary>The number of scalars in trainable tensors; ties count once.</summary>
    /// <exception cref="ObjectDisposedException">The set has been disposed.</exception>
    public long TrainableCount => Trainable.Sum(t => t.Tensor.numel());

    /// <summary>The tensors that training moves, in order. Enumerating them after the set has been disposed is an error.</summary>
    public IEnumerable<NamedTensor> Trainable => this.Where(t => t.IsTrainable);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The set has been disposed.</exception>
    public NamedTensor this[int index]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _tensors[index];
        }
    }

    /// <summary>The tensor of that name or alias.</summary>
    /// <exception cref="KeyNotFoundException">No tensor has the name.</exception>
    /// <exception cref="ObjectDisposedException">The set has been disposed.</exception>
    public NamedTensor this[string name] => TryGet(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"There is no tensor '{name}' among the {Count} of this set; the first is '{(Count > 0 ? _tensors[0].Name : "(none)")}'.");

    /// <summary>Refers to the parameters and persistent buffers of <paramref name="module"/>; nothing is copied.</summary>
    /// <param name="module">Any TorchSharp module. It keeps its tensors and must outlive the set.</param>
    /// <returns>A live set. Parameters that ask for a gradient are trainable; frozen ones and buffers are not.</returns>
    /// <exception cref="ArgumentException">Two tensors share a part of one storage without being the same, or the module has no tensors.</exception>
    public static ParameterSet Of(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        NativeBackend.EnsureLoaded();
        var trainable = module.named_parameters().Where(p => p.parameter.requires_grad).Select(p => p.name).ToHashSet(StringComparer.Ordinal);
        var set = new ParameterSet(TiedTensors.Group(module.state_dict(), trainable.Contains), owns: false);
        return set.Count > 0 ? set : throw new ArgumentException("The module has no parameters and no buffers.", nameof(module));
    }

    /// <summary>Copies tensors given by name, for instance a plain dictionary. Entries that share one storage become one tied tensor.</summary>
    /// <param name="tensors">Names and tensors; they are not changed and stay the caller's.</param>
    /// <returns>An owning set in which every floating-point tensor is trainable.</returns>
    /// <exception cref="ArgumentException">A name is empty or given twice, or two tensors overlap in storage without being the same.</exception>
    public static ParameterSet Copy(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        NativeBackend.EnsureLoaded();
        var list = tensors.ToList();
        var floating = list.Where(t => t.Value.is_floating_point()).Select(t => t.Key).ToHashSet(StringComparer.Ordinal);
        return new ParameterSet(TiedTensors.Group(list, floating.Contains), owns: false).Clone();
    }

    /// <summary>A deep copy that owns its tensors.</summary>
    /// <param name="type">The type of the floating-point tensors of the copy; by default each keeps its own.</param>
    /// <param name="device">Where the copy lies; by default each tensor stays where it is.</param>
    /// <exception cref="ObjectDisposedException">The set has been disposed.</exception>
    public ParameterSet Clone(ScalarType? type = null, Device? device = null) => Map(entry =>
        WeightMath.DetachedCopy(entry.Tensor, entry.Tensor.is_floating_point() ? type : null, device));

    /// <summary>
    /// The values of <paramref name="values"/> in the layout of this set, trainable tensors in float32 (float64 stays): what training, averaging
    /// and merging work on, whatever the policy's type.
    /// </summary>
    /// <exception cref="ParameterMismatchException">Names, ties or shapes differ.</exception>
    internal ParameterSet AtFullPrecision(ParameterSet values)
    {
        if (ParameterLayout.Differences(this, values, "the policy", "the weights", strict: false).ToList() is { Count: > 0 } differences)
            throw new ParameterMismatchException(differences, Count);
        return Map(entry => WeightMath.DetachedCopy(
            values[entry.Name].Tensor,
            !entry.IsTrainable || entry.Tensor.dtype == ScalarType.Float64 ? entry.Tensor.dtype : ScalarType.Float32,
            entry.Tensor.device));
    }

    /// <summary>Copies the values of <paramref name="source"/> into the tensors of this set, rounding to their types.</summary>
    /// <param name="source">A set with the same names, ties and shapes; types and devices may differ.</param>
    /// <exception cref="ParameterMismatchException">Names, ties or shapes differ; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">One of the sets has been disposed.</exception>
    public void CopyFrom(ParameterSet source) => CopyFrom(source, "the target", "the source");

    internal void CopyFrom(ParameterSet source, string targetName, string sourceName)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (ParameterLayout.Differences(this, source, targetName, sourceName, strict: false).ToList() is { Count: > 0 } differences)
            throw new ParameterMismatchException(differences, Count);
        using var noGradient = no_grad();
        foreach (var entry in this)
            entry.Tensor.copy_(source[entry.Name].Tensor);
    }

    /// <summary>Looks a tensor up by name or alias.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ObjectDisposedException">The set has been disposed.</exception>
    public bool TryGet(string name, [NotNullWhen(true)] out NamedTensor? tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _byName.TryGetValue(name, out tensor);
    }

    /// <inheritdoc/>
    public IEnumerator<NamedTensor> GetEnumerator()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ((IEnumerable<NamedTensor>)_tensors).GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Frees the tensors if the set owns them.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_owns)
            return;
        foreach (var entry in _tensors)
            entry.Tensor.Dispose();
    }

    /// <summary>A set of the same layout with new tensors, which it owns. If <paramref name="make"/> throws, what it made is freed.</summary>
    internal ParameterSet Map(Func<NamedTensor, Tensor> make)
    {
        var made = new List<NamedTensor>(Count);
        try
        {
            foreach (var entry in this)
                made.Add(entry.With(make(entry).DetachFromDisposeScope()));
            return new ParameterSet([.. made], owns: true);
        }
        catch
        {
            made.ForEach(entry => entry.Tensor.Dispose());
            throw;
        }
    }

    /// <summary>A live set of the same layout over other tensors, which it does not own.</summary>
    internal ParameterSet With(Func<NamedTensor, Tensor> tensor) => new([.. this.Select(entry => entry.With(tensor(entry)))], owns: false);

    /// <summary>A live set of some of the tensors, which it does not own.</summary>
    internal ParameterSet Only(Func<NamedTensor, bool> condition) => new([.. this.Where(condition)], owns: false);

    /// <summary>Takes over tensors that the caller has made.</summary>
    internal static ParameterSet Own(IEnumerable<NamedTensor> tensors) => new([.. tensors], owns: true);
}
