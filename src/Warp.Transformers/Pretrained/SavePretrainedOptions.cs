using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>How a policy is written as a Hugging Face folder.</summary>
public sealed record SavePretrainedOptions
{
    /// <summary>The type that the weights are written in, rounded to once: float32, bfloat16, float16 or float64. Default null: each tensor's own.</summary>
    public ScalarType? Type { get; init; }

    /// <summary>The most bytes of tensors per file, at least 1. Default <see cref="CheckpointWriterOptions.DefaultMaxShardBytes"/>, 5 GB.</summary>
    public long MaxShardBytes { get; init; } = CheckpointWriterOptions.DefaultMaxShardBytes;

    /// <summary>Whether a checkpoint that is already there is replaced. Default false: that is an error.</summary>
    public bool Overwrite { get; init; }

    /// <summary>What <c>README.md</c> shall say, for instance a <see cref="ModelCard"/>. Default null: none is written.</summary>
    public string? Readme { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">A setting is out of range; all are listed.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Type is not (null or ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float64))
            problems.Add($"{nameof(Type)} is {Type}; it may be Float32, BFloat16, Float16 or Float64, or null for each tensor's own");
        if (MaxShardBytes < 1)
            problems.Add($"{nameof(MaxShardBytes)} is {MaxShardBytes}; it must be at least 1");
        if (problems.Count > 0)
            throw new OptionsException(nameof(SavePretrainedOptions), problems);
    }
}
