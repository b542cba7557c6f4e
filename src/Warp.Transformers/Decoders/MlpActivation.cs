namespace Warp.Transformers;

/// <summary>The non-linear function between the matrices of an MLP.</summary>
public enum MlpActivation
{
    /// <summary>x · σ(x) (<c>silu</c>, <c>swish</c>).</summary>
    Silu,

    /// <summary>x · Φ(x), exactly, by the error function (<c>gelu</c>). Hendrycks, Gimpel: arXiv 1606.08415.</summary>
    Gelu,

    /// <summary>The approximation of <see cref="Gelu"/> by tanh (<c>gelu_new</c>, <c>gelu_pytorch_tanh</c>, <c>gelu_fast</c>); it differs by up to 5e-4.</summary>
    GeluTanh,

    /// <summary>max(0, x) (<c>relu</c>).</summary>
    Relu,
}
