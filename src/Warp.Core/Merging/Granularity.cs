namespace Warp;

/// <summary>Which tensors form one vector with one angle when task vectors are merged.</summary>
public enum Granularity
{
    /// <summary>
    /// All tensors of one transformer block are one vector ("layer by layer, each having a different angle", paper §3.2); each
    /// remaining tensor, such as the embedding, the final norm or an untied head, is a vector of its own. The default.
    /// </summary>
    Layer,

    /// <summary>Each tensor is a vector of its own.</summary>
    Tensor,

    /// <summary>The whole model is one vector.</summary>
    Model,
}
