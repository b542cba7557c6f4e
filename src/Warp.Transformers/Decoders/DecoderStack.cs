using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Embedding, blocks and final norm: everything but the output head.</summary>
internal sealed class DecoderStack : Part
{
    private readonly Projection _embedding;
    private readonly Projection? _positions;
    private readonly ModuleList<DecoderBlock> _blocks;
    private readonly Norm _norm;
    private readonly double? _embeddingScale;

    internal DecoderStack(PartFactory parts)
        : base(nameof(DecoderStack))
    {
        var (config, architecture, names) = (parts.Config, parts.Architecture, parts.Architecture.Names);
        register_module(names.Embedding, _embedding = parts.Table(config.VocabularySize));
        if (names.Positions is not null)
            register_module(names.Positions, _positions = parts.Table(config.MaxPositions));
        _blocks = new ModuleList<DecoderBlock>([.. Enumerable.Range(0, config.Layers).Select(layer => new DecoderBlock(parts, layer))]);
        register_module(names.Blocks, _blocks);
        register_module(names.FinalNorm, _norm = architecture.Norm(parts));
        if (architecture.ScalesEmbedding)
            _embeddingScale = Rounded(Math.Sqrt(config.HiddenSize), parts.Type);
    }

    internal Projection Embedding => _embedding;

    /// <param name="ids">[batch, length], int64.</param>
    /// <param name="pass">What the blocks share.</param>
    /// <returns>The residual stream before the final norm, [batch, length, hidden].</returns>
    internal Tensor Apply(Tensor ids, DecoderPass pass)
    {
        var x = _embedding.Rows(ids);
        if (_embeddingScale is { } root)
        {
            using var scale = root.ToScalar();
            x = x.mul(scale);
        }

        if (_positions is not null)
            x = x.add(pass.Positions is null ? _positions.Rows(pass.Start, pass.Length) : _positions.Rows(pass.Positions), HeldScalars.One);
        foreach (var block in _blocks)
            x = block.Apply(x, pass);
        pass.Cache?.Advance(pass.Length);
        return x;
    }

    /// <summary>The final norm.</summary>
    internal Tensor Normalize(Tensor x) => _norm.Apply(x);

    /// <summary>As the reference implementation has it, and so the models: √3072 = 55.4256 is 55.5 in bfloat16.</summary>
    private static double Rounded(double value, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return tensor(value, ScalarType.Float64).to(type).to(ScalarType.Float64).item<double>();
    }
}
