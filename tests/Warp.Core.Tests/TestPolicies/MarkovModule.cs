using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A language model small enough to enumerate: the next token depends on the last one alone, by a table of logits.</summary>
internal sealed class MarkovModule : nn.Module
{
    private readonly Parameter _logits;

    public MarkovModule(double[,] logits, ScalarType type = ScalarType.Float32)
        : base(nameof(MarkovModule))
    {
        using var table = tensor(logits);
        using var typed = table.to(type, copy: true);
        _logits = new Parameter(typed);
        register_parameter("logits", _logits);
    }

    public Tensor Logits => _logits;
}
