using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>What the activations compute, and what a <c>config.json</c> calls them.</summary>
internal static class MlpActivations
{
    /// <summary>The names that are understood; of several for one function, the first is written.</summary>
    internal static IReadOnlyList<(string Name, MlpActivation Activation)> Names { get; } =
    [
        ("silu", MlpActivation.Silu),
        ("swish", MlpActivation.Silu),
        ("gelu", MlpActivation.Gelu),
        ("gelu_python", MlpActivation.Gelu),
        ("gelu_pytorch_tanh", MlpActivation.GeluTanh), // of these names vLLM knows only this one for Gemma
        ("gelu_new", MlpActivation.GeluTanh),
        ("gelu_fast", MlpActivation.GeluTanh), // its constant is rounded at the eleventh digit
        ("relu", MlpActivation.Relu),
    ];

    internal static Tensor Apply(this MlpActivation activation, Tensor x) => activation switch
    {
        MlpActivation.Silu => nn.functional.silu(x),
        MlpActivation.Gelu => nn.functional.gelu(x),
        MlpActivation.GeluTanh => nn.functional.gelu(x, GELU.Approximate.tanh),
        MlpActivation.Relu => nn.functional.relu(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "There is no such activation."),
    };

    internal static string NameOf(MlpActivation activation) => Names.First(n => n.Activation == activation).Name;
}
