using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>A matrix of shape [outputs, inputs] and no bias: a linear map, or the table of embeddings.</summary>
/// <remarks>TorchSharp's own Linear and Embedding draw their first weights from the process's random stream; this draws from none.</remarks>
internal sealed class Projection : nn.Module
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    internal Projection(long outputs, long inputs, ScalarType type, Device device)
        : base(nameof(Projection))
    {
        _weight = new Parameter(empty([outputs, inputs], type, device));
        _weight.DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>A second name for the matrix of <paramref name="tied"/>.</summary>
    internal Projection(Projection tied)
        : base(nameof(Projection))
    {
        _weight = tied._weight;
        RegisterComponents();
    }

    internal Parameter Weight => _weight;

    /// <summary>x Wᵀ.</summary>
    /// <param name="x">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    internal Tensor Apply(Tensor x) => nn.functional.linear(x, _weight);

    /// <summary>The rows of the matrix.</summary>
    /// <param name="ids">[batch, length], int64.</param>
    /// <returns>[batch, length, inputs].</returns>
    internal Tensor Rows(Tensor ids)
    {
        var (batch, length) = (ids.shape[0], ids.shape[1]);
        return _weight.index_select(0, ids.view(-1)).view(batch, length, -1);
    }
}
