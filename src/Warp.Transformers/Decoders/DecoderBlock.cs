using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>One layer of the paper's merging: x + attention(norm(x)), then x + mlp(norm(x)).</summary>
internal sealed class DecoderBlock : nn.Module
{
    [ComponentName(Name = "input_layernorm")]
    private readonly RmsNorm _attentionNorm;

    [ComponentName(Name = "self_attn")]
    private readonly Attention _attention;

    [ComponentName(Name = "post_attention_layernorm")]
    private readonly RmsNorm _mlpNorm;

    [ComponentName(Name = "mlp")]
    private readonly GatedMlp _mlp;

    internal DecoderBlock(DecoderConfig config, int layer, RotaryPositions rotary, ScalarType type, Device device)
        : base(nameof(DecoderBlock))
    {
        _attentionNorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon, type, device);
        _attention = new Attention(config, layer, rotary, type, device);
        _mlpNorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon, type, device);
        _mlp = new GatedMlp(config, type, device);
        RegisterComponents();
    }

    /// <param name="x">[batch, length, hidden].</param>
    /// <param name="pass">What the blocks share.</param>
    /// <returns>[batch, length, hidden].</returns>
    internal Tensor Apply(Tensor x, DecoderPass pass)
    {
        x = x.add(_attention.Apply(_attentionNorm.Apply(x), pass));
        return x.add(_mlp.Apply(_mlpNorm.Apply(x)));
    }
}
