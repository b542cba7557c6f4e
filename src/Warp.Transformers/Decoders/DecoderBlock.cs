using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// One layer of the paper's merging: x + attention(norm(x)), then x + mlp(norm(x)); or both of the same x at once. What is added may pass a norm
/// of its own.
/// </summary>
internal sealed class DecoderBlock : Part
{
    private readonly bool _isParallel;
    private readonly Norm _attentionNorm;
    private readonly Attention _attention;
    private readonly Norm? _attentionOutputNorm;
    private readonly Norm _mlpNorm;
    private readonly Mlp _mlp;
    private readonly Norm? _mlpOutputNorm;

    internal DecoderBlock(PartFactory parts, int layer)
        : base(nameof(DecoderBlock))
    {
        var (architecture, names) = (parts.Architecture, parts.Architecture.Names);
        _isParallel = parts.Config.ParallelResidual;
        register_module(names.AttentionNorm, _attentionNorm = architecture.Norm(parts));
        register_module(names.Attention, _attention = new Attention(parts, layer));
        if (names.AttentionOutputNorm is not null)
            register_module(names.AttentionOutputNorm, _attentionOutputNorm = architecture.Norm(parts));
        register_module(names.MlpNorm, _mlpNorm = architecture.Norm(parts));
        register_module(names.Mlp, _mlp = architecture.Mlp(parts));
        if (names.MlpOutputNorm is not null)
            register_module(names.MlpOutputNorm, _mlpOutputNorm = architecture.Norm(parts));
    }

    /// <param name="x">[batch, length, hidden].</param>
    /// <param name="pass">What the blocks share.</param>
    /// <returns>[batch, length, hidden].</returns>
    internal Tensor Apply(Tensor x, DecoderPass pass)
    {
        var attention = Through(_attentionOutputNorm, _attention.Apply(_attentionNorm.Apply(x), pass));
        if (_isParallel)
            return Through(_mlpOutputNorm, _mlp.Apply(_mlpNorm.Apply(x))).add(attention, HeldScalars.One).add(x, HeldScalars.One);
        x = x.add(attention, HeldScalars.One);
        return x.add(Through(_mlpOutputNorm, _mlp.Apply(_mlpNorm.Apply(x))), HeldScalars.One);
    }

    private static Tensor Through(Norm? norm, Tensor x) => norm is null ? x : norm.Apply(x);
}
