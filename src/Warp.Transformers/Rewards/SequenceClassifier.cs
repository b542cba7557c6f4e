using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// A decoder without its output head, and one number from the state of a text's last token: the layout of Hugging Face's
/// <c>…ForSequenceClassification</c> with one label.
/// </summary>
internal sealed class SequenceClassifier : nn.Module
{
    internal const string HeadName = "score.weight";

    private readonly Projection _score;

    /// <param name="decoder">Made by <see cref="Body"/>; the classifier takes it over.</param>
    internal SequenceClassifier(Decoder decoder)
        : base(nameof(SequenceClassifier))
    {
        Decoder = decoder;
        _score = new Projection(1, decoder.Config.HiddenSize, decoder.Type, decoder.Device);
        _score.Weight.DetachFromDisposeScope();
        // The names of the two together are those of the format; the decoder's own module tree has a level of its own for the head.
        foreach (var (name, parameter) in decoder.named_parameters())
            register_parameter(name, parameter);
        register_parameter(HeadName, _score.Weight);
    }

    internal Decoder Decoder { get; }

    /// <summary>The head, as a module to fill.</summary>
    internal nn.Module Head => _score;

    /// <summary>The shape of a decoder that is only read up to its last norm: a tied head is no matrix of its own.</summary>
    internal static DecoderConfig Body(DecoderConfig config) => config with { TieWordEmbeddings = true };

    /// <summary>One number per text.</summary>
    /// <param name="batch">The texts.</param>
    /// <returns>[texts], in float32, or float64 if the weights are. Differentiable.</returns>
    internal Tensor Scores(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var last = batch.Last(Decoder.Hidden(batch.Ids(Decoder.Device)));
        var states = Decoder.Normalize(last);
        var weight = _score.Weight.dtype == states.dtype ? _score.Weight : _score.Weight.to(states.dtype);
        return nn.functional.linear(states, weight).squeeze(1).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Decoder.Dispose();
            _score.Dispose();
        }

        base.Dispose(disposing);
    }
}
