using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Embedding, blocks and final norm: everything but the output head.</summary>
internal sealed class DecoderStack : nn.Module
{
    [ComponentName(Name = "embed_tokens")]
    private readonly Projection _embedding;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<DecoderBlock> _blocks;

    [ComponentName(Name = "norm")]
    private readonly RmsNorm _norm;

    internal DecoderStack(DecoderConfig config, RotaryPositions rotary, ScalarType type, Device device)
        : base(nameof(DecoderStack))
    {
        _embedding = new Projection(config.VocabularySize, config.HiddenSize, type, device);
        _blocks = new ModuleList<DecoderBlock>(
            [.. Enumerable.Range(0, config.Layers).Select(layer => new DecoderBlock(config, layer, rotary, type, device))]);
        _norm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon, type, device);
        RegisterComponents();
    }

    internal Projection Embedding => _embedding;

    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="pass">What the blocks share.</param>
    /// <returns>The residual stream before the final norm, [batch, length, hidden].</returns>
    internal Tensor Apply(Tensor ids, DecoderPass pass)
    {
        var x = _embedding.Rows(ids);
        foreach (var block in _blocks)
            x = block.Apply(x, pass);
        pass.Cache?.Advance(pass.Length);
        return x;
    }

    /// <summary>The final norm.</summary>
    internal Tensor Normalize(Tensor x) => _norm.Apply(x);
}
