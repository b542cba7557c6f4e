using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Random first weights that depend on the seed alone: not on the device, the type, the threads or what else the process draws.</summary>
internal static class NormalWeights
{
    /// <summary>Fills every matrix of <paramref name="module"/> from N(0, deviation²), rounded once to the matrix's type. Vectors stay.</summary>
    internal static void Fill(nn.Module module, double deviation, RandomStream random)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var streams = new RandomStream(random.NextUInt64());
        ulong index = 0;
        foreach (var (_, parameter) in module.named_parameters())
        {
            var stream = streams.Fork(index++);
            if (parameter.dim() < 2)
                continue;
            using var generator = new Generator(stream.NextUInt64(), CPU);
            using var values = empty(parameter.shape, ScalarType.Float32, CPU).normal_(0, deviation, generator);
            parameter.copy_(values).DetachFromDisposeScope();
        }
    }
}
