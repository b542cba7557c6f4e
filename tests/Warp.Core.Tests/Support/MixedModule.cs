using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A module with a trained weight, a frozen one and an integer buffer.</summary>
internal sealed class MixedModule : nn.Module
{
    private readonly Tensor[] _own;

    public MixedModule(float moved, float frozen, long counter)
        : base(nameof(MixedModule))
    {
        _own = [tensor([moved]), tensor([frozen]), tensor([counter])];
        register_parameter("moved", new Parameter(_own[0]));
        register_parameter("frozen", new Parameter(_own[1], requires_grad: false));
        register_buffer("counter", _own[2]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Array.ForEach(_own, t => t.Dispose());
        base.Dispose(disposing);
    }
}
