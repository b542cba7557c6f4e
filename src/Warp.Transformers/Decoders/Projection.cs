using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>A matrix, with or without a bias: a linear map, or the table of embeddings.</summary>
/// <remarks>TorchSharp's own Linear and Embedding draw their first weights from the process's random stream; this draws from none.</remarks>
internal sealed class Projection : Part
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly bool _isTransposed;

    /// <param name="outputs">Entries of the result.</param>
    /// <param name="inputs">Entries of what it is applied to.</param>
    /// <param name="type">The type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    /// <param name="bias">Whether a bias is added; it begins at 0.</param>
    /// <param name="isTransposed">Whether the matrix is stored as [inputs, outputs] (GPT-2's Conv1D) and not as [outputs, inputs].</param>
    internal Projection(long outputs, long inputs, ScalarType type, Device device, bool bias = false, bool isTransposed = false)
        : base(nameof(Projection))
    {
        _isTransposed = isTransposed;
        _weight = new Parameter(isTransposed ? empty([inputs, outputs], type, device) : empty([outputs, inputs], type, device));
        register_parameter("weight", _weight);
        if (!bias)
            return;
        _bias = new Parameter(zeros(outputs, type, device));
        register_parameter("bias", _bias);
    }

    /// <summary>A second name for the matrix of <paramref name="tied"/>.</summary>
    internal Projection(Projection tied)
        : base(nameof(Projection))
    {
        _weight = tied._weight;
        register_parameter("weight", _weight);
    }

    internal Parameter Weight => _weight;

    /// <summary>x Wᵀ + b, or x W + b if it is stored transposed.</summary>
    /// <param name="x">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    internal Tensor Apply(Tensor x) => nn.functional.linear(x, _isTransposed ? _weight.t() : _weight, _bias);

    /// <summary>The rows of the matrix.</summary>
    /// <param name="ids">[batch, length], int64 or int32.</param>
    /// <returns>[batch, length, inputs].</returns>
    internal Tensor Rows(Tensor ids)
    {
        var (batch, length) = (ids.shape[0], ids.shape[1]);
        return _weight.index_select(0, ids.reshape(-1)).view(batch, length, -1);
    }

    /// <summary>Consecutive rows of the matrix, [length, inputs]; a view.</summary>
    internal Tensor Rows(long start, long length) => _weight.narrow(0, start, length);
}
