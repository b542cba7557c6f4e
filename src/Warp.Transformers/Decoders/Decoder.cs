using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// A decoder-only language model, assembled as its <see cref="DecoderConfig.ModelType"/> says. Its weights have the names and shapes of that
/// model in Hugging Face's transformers: <c>model.layers.0.self_attn.q_proj.weight</c>, <c>transformer.h.0.attn.c_attn.weight</c>, …
/// </summary>
/// <remarks>
/// <para>
/// There is no dropout and there are no persistent buffers. With <see cref="DecoderConfig.TieWordEmbeddings"/>, the output head and the
/// embedding are one parameter with two names.
/// </para>
/// <para>The type and the device are chosen when the decoder is made; to change them, make another and copy the weights (<see cref="ParameterSet.CopyFrom"/>).</para>
/// </remarks>
public sealed class Decoder : nn.Module<Tensor, Tensor>
{
    private readonly RotaryPositions? _rotary;
    private readonly DecoderStack _model;
    private readonly Projection _head;

    /// <summary>
    /// Makes a decoder with random weights: matrices from N(0, <see cref="DecoderConfig.InitializerRange"/>²), norms 1 (stored as 0 where 1 is
    /// added), biases 0.
    /// </summary>
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

        using var scope = NewDisposeScope(); // has the first parts if there is no memory for the last
        Config = config;
        Type = type;
        var architecture = KnownArchitectures.Of(config);
        var parts = new PartFactory(config, architecture, type, device ?? CPU);
        _rotary = parts.Rotary;
        register_module(architecture.Names.Body, _model = new DecoderStack(parts));
        _head = config.TieWordEmbeddings ? new Projection(_model.Embedding) : parts.Table(config.VocabularySize);
        register_module(architecture.Names.Head, _head);
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
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
    /// <param name="input">Token ids, int64 or int32, [batch, length]; all rows begin at position 0.</param>
    /// <returns>Logits in float32 (float64 if the weights are), [batch, length, vocabulary]. The caller disposes them.</returns>
    /// <exception cref="ArgumentException">
    /// The input has another type or not two dimensions, there are no rows, its length is not in [1, <see cref="DecoderConfig.MaxPositions"/>], or an
    /// id is outside the vocabulary.
    /// </exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.shape is not [> 0, > 0 and var length] || length > Config.MaxPositions)
        {
            throw new ArgumentException(
                $"The input is [{string.Join(", ", input.shape)}]; it must be [batch, length] with at least one row and a length of 1 to {Config.MaxPositions}.", nameof(input));
        }

        using var scope = NewDisposeScope();
        RefuseOtherIds(input);
        return Head().Apply(Normalize(Hidden(input))).MoveToOuterDisposeScope();
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
        var rotation = positions is null
            ? _rotary?.Range(cache?.Length ?? 0, length, Type, ids.device)
            : _rotary?.At(positions, positionLimit, Type);
        return _model.Apply(ids, new DecoderPass(batch, length, positions, rotation, mask, cache));
    }

    /// <summary>The final norm, in the type of the logits.</summary>
    internal Tensor Normalize(Tensor hidden)
    {
        var normal = _model.Normalize(hidden);
        return normal.dtype == LogitType ? normal : normal.to(LogitType);
    }

    /// <summary>From what <see cref="Normalize"/> gives to logits. Belongs to the dispose scope, as far as it is a copy.</summary>
    internal LogitHead Head() => new(Type == LogitType ? _head.Weight : _head.Weight.to(LogitType), Config.LogitSoftCap);

    /// <summary>Refused, unless it changes nothing: it would replace the parameters, and with them undo a tie and leave live sets behind.</summary>
    /// <exception cref="NotSupportedException">The type or the device is another.</exception>
    protected override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => Stay(dtype, device.type, device.index);

    /// <inheritdoc cref="_to(Device, ScalarType, bool)"/>
    protected override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Stay(Type, deviceType, deviceIndex);

    /// <inheritdoc cref="_to(Device, ScalarType, bool)"/>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking) => Stay(dtype, Device.type, Device.index);

    /// <summary>Nothing: what there is has been registered by the names of its architecture.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _rotary?.Dispose();
        base.Dispose(disposing);
    }

    // Torch itself says only that some index is out of range, and on a GPU it ends the process's use of the device.
    private void RefuseOtherIds(Tensor input)
    {
        if (input.dtype is not (ScalarType.Int64 or ScalarType.Int32))
            throw new ArgumentException($"The input is {input.dtype}; token ids are Int64 or Int32.", nameof(input));
        var (least, greatest) = (input.min().to(ScalarType.Int64).item<long>(), input.max().to(ScalarType.Int64).item<long>());
        if (least >= 0 && greatest < Config.VocabularySize)
            return;
        throw new ArgumentException(
            $"The input has the token id {(least < 0 ? least : greatest)}; the model's vocabulary is 0 to {Config.VocabularySize - 1}. Use the tokenizer that belongs to the model.",
            nameof(input));
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
