using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>A Llama-style decoder. Its weights have the names and shapes of Hugging Face's <c>LlamaForCausalLM</c>.</summary>
/// <remarks>
/// <para>
/// There is no dropout and there are no persistent buffers. With <see cref="DecoderConfig.TieWordEmbeddings"/>, <c>lm_head.weight</c> and
/// <c>model.embed_tokens.weight</c> are one parameter.
/// </para>
/// <para>The type and the device are chosen when the decoder is made; to change them, make another and copy the weights (<see cref="ParameterSet.CopyFrom"/>).</para>
/// </remarks>
public sealed class Decoder : nn.Module<Tensor, Tensor>
{
    private readonly RotaryPositions _rotary;

    [ComponentName(Name = "model")]
    private readonly DecoderStack _model;

    [ComponentName(Name = "lm_head")]
    private readonly Projection _head;

    /// <summary>Makes a decoder with random weights: matrices from N(0, <see cref="DecoderConfig.InitializerRange"/>²), norms 1.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="random">The only source of randomness; one number is drawn from it. Equal streams give equal weights on every device.</param>
    /// <param name="type">The type of the weights: float32 (default), bfloat16 or float64.</param>
    /// <param name="device">Where the weights lie; the CPU by default.</param>
    /// <exception cref="OptionsException">The configuration is not valid; every problem is listed.</exception>
    /// <exception cref="ArgumentException"><paramref name="type"/> is another type.</exception>
    public Decoder(DecoderConfig config, RandomStream random, ScalarType type = ScalarType.Float32, Device? device = null)
        : this(config, type, device)
    {
        ArgumentNullException.ThrowIfNull(random);
        NormalWeights.Fill(this, config.InitializerRange, random);
    }

    /// <summary>Makes a decoder whose matrices hold whatever the memory held: they are to be loaded.</summary>
    internal Decoder(DecoderConfig config, ScalarType type, Device? device)
        : base(nameof(Decoder))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float64))
            throw new ArgumentException($"The type is {type}; it may be Float32, BFloat16 or Float64.", nameof(type));
        NativeBackend.EnsureLoaded();

        Config = config;
        Type = type;
        _rotary = new RotaryPositions(config);
        _model = new DecoderStack(config, _rotary, type, device ?? CPU);
        _head = config.TieWordEmbeddings
            ? new Projection(_model.Embedding)
            : new Projection(config.VocabularySize, config.HiddenSize, type, device ?? CPU);
        RegisterComponents();
    }

    /// <summary>The shape.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The type of the weights.</summary>
    public ScalarType Type { get; }

    /// <summary>Where the weights lie.</summary>
    internal Device Device => _model.Embedding.Weight.device;

    /// <summary>The type in which logits are computed: float32, or float64 if the weights are.</summary>
    internal ScalarType LogitType => Type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>The logits of the next token after every token of whole, unpadded sequences.</summary>
    /// <param name="input">Token ids, int64, [batch, length]; all rows begin at position 0.</param>
    /// <returns>Logits in float32 (float64 if the weights are), [batch, length, vocabulary]. The caller disposes them.</returns>
    /// <exception cref="ArgumentException">The input has not two dimensions, or its length is not in [1, <see cref="DecoderConfig.MaxPositions"/>].</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.shape is not [_, > 0 and var length] || length > Config.MaxPositions)
        {
            throw new ArgumentException(
                $"The input is [{string.Join(", ", input.shape)}]; it must be [batch, length] with a length of 1 to {Config.MaxPositions}.", nameof(input));
        }

        using var scope = NewDisposeScope();
        return nn.functional.linear(Normalize(Hidden(input)), OutputWeight()).MoveToOuterDisposeScope();
    }

    /// <summary>The residual stream after the last block, before the final norm.</summary>
    /// <param name="ids">Token ids, int64, [batch, length].</param>
    /// <param name="positions">Their positions, [batch, length]; null: they go on from the cache, the same in all rows.</param>
    /// <param name="positionLimit">One more than the greatest of <paramref name="positions"/>.</param>
    /// <param name="mask">As in <see cref="DecoderPass.Mask"/>.</param>
    /// <param name="cache">Where keys and values are kept.</param>
    /// <returns>[batch, length, hidden].</returns>
    internal Tensor Hidden(Tensor ids, Tensor? positions = null, int positionLimit = 0, Tensor? mask = null, KeyValueCache? cache = null)
    {
        var (batch, length) = ((int)ids.shape[0], (int)ids.shape[1]);
        var (cosines, sines) = positions is null
            ? _rotary.Range(cache?.Length ?? 0, length, Type, ids.device)
            : _rotary.At(positions, positionLimit, Type);
        return _model.Apply(ids, new DecoderPass(batch, length, cosines, sines, mask, cache));
    }

    /// <summary>The final norm, in the type of the logits.</summary>
    internal Tensor Normalize(Tensor hidden)
    {
        var normal = _model.Normalize(hidden);
        return normal.dtype == LogitType ? normal : normal.to(LogitType);
    }

    /// <summary>
    /// The matrix from hidden states to logits, [vocabulary, hidden], in the type of the logits: in bfloat16 the logits themselves would err
    /// by about 2e-2, and sampler and scorer would disagree.
    /// </summary>
    internal Tensor OutputWeight() => Type == LogitType ? _head.Weight : _head.Weight.to(LogitType);

    /// <summary>Refused, unless it changes nothing: it would replace the parameters, and with them undo a tie and leave live sets behind.</summary>
    /// <exception cref="NotSupportedException">The type or the device is another.</exception>
    protected override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => Stay(dtype, device.type, device.index);

    /// <inheritdoc cref="_to(Device, ScalarType, bool)"/>
    protected override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Stay(Type, deviceType, deviceIndex);

    /// <inheritdoc cref="_to(Device, ScalarType, bool)"/>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking) => Stay(dtype, Device.type, Device.index);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _rotary.Dispose();
        base.Dispose(disposing);
    }

    private Decoder Stay(ScalarType type, DeviceType deviceType, int deviceIndex)
    {
        var here = Device;
        // An index of −1 means the current device of that type.
        if (type == Type && deviceType == here.type && (deviceIndex == here.index || deviceIndex < 0))
            return this;
        throw new NotSupportedException(
            $"This decoder is {Type} on {here}, chosen when it was made; it cannot become {type} on {new Device(deviceType, deviceIndex)}. "
            + $"Use {nameof(CausalLmPolicy)}.{nameof(CausalLmPolicy.Clone)}, or make another and copy the weights with {nameof(ParameterSet)}.{nameof(ParameterSet.CopyFrom)}.");
    }
}
