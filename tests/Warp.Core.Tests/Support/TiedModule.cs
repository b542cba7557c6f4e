using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>An embedding and a head that share one storage through different handles, as language models have them.</summary>
internal sealed class TiedModule : nn.Module
{
    private readonly TorchSharp.Modules.Embedding _embed;
    private readonly TorchSharp.Modules.Linear _head;

    public TiedModule()
        : base(nameof(TiedModule))
    {
        _embed = nn.Embedding(4, 3);
        _head = nn.Linear(3, 4, hasBias: false);
        _head.weight = _embed.weight!;
        register_module("embed", _embed);
        register_module("head", _head);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _embed.Dispose();
            _head.Dispose();
        }

        base.Dispose(disposing);
    }
}
