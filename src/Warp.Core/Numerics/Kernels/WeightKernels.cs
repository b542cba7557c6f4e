using static TorchSharp.torch;

namespace Warp;

/// <summary>The elementwise kernels over weights that lie in main memory, one after the other, on all cores.</summary>
internal static unsafe class WeightKernels
{
    private delegate void CombineRange(nint* inputs, double* factors, int terms, byte* output, long weights);

    private delegate void EmaRange(byte* shadow, byte* source, double mu, long weights);

    /// <summary>Whether the kernels know the type.</summary>
    internal static bool Supports(ScalarType type) =>
        type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16;

    /// <summary>Bytes of one weight.</summary>
    internal static int Size(ScalarType type) => type switch
    {
        ScalarType.Float64 => Float64Element.Size,
        ScalarType.Float32 => Float32Element.Size,
        ScalarType.BFloat16 => BFloat16Element.Size,
        ScalarType.Float16 => Float16Element.Size,
        _ => throw Unsupported(type),
    };

    /// <summary>output ← Σ factorₖ · inputₖ, in float64, rounded once. Terms of factor 0 do not enter; a lone factor 1 copies.</summary>
    /// <param name="inputType">The type of the inputs.</param>
    /// <param name="inputs">Addresses of the inputs.</param>
    /// <param name="factors">One for each input.</param>
    /// <param name="outputType">The type of the output.</param>
    /// <param name="output">Address of the output. It must not overlap an input, except that it may be one of the same type.</param>
    /// <param name="weights">How many there are.</param>
    /// <param name="threads">At most so many threads; null for one per core. The result does not depend on it.</param>
    /// <param name="cancellationToken">Ends the work; the output is then useless.</param>
    internal static void Combine(
        ScalarType inputType,
        IReadOnlyList<nint> inputs,
        IReadOnlyList<double> factors,
        ScalarType outputType,
        nint output,
        long weights,
        int? threads = null,
        CancellationToken cancellationToken = default)
    {
        var active = Enumerable.Range(0, inputs.Count).Where(k => factors[k] != 0).ToArray();
        var (addresses, multipliers) = (active.Select(k => inputs[k]).ToArray(), active.Select(k => factors[k]).ToArray());
        var (inputSize, outputSize) = (Size(inputType), Size(outputType));
        var copies = multipliers is [1.0] && inputType == outputType;
        var combine = Chosen(inputType, outputType);
        BlockParallel.Run(weights, threads, Range, cancellationToken);

        void Range(long first, int count)
        {
            var to = (byte*)output + (first * outputSize);
            if (addresses.Length == 0)
            {
                new Span<byte>(to, count * outputSize).Clear();
            }
            else if (copies)
            {
                Buffer.MemoryCopy((byte*)addresses[0] + (first * inputSize), to, (long)count * outputSize, (long)count * outputSize);
            }
            else
            {
                var from = stackalloc nint[addresses.Length];
                for (var k = 0; k < addresses.Length; k++)
                    from[k] = addresses[k] + (nint)(first * inputSize);
                fixed (double* by = multipliers)
                    combine(from, by, addresses.Length, to, count);
            }
        }
    }

    /// <summary>shadow ← shadow + μ (source − shadow) in place, in float64, rounded once; for μ = 1 an exact copy.</summary>
    /// <param name="shadowType">The type of the average: float32 or float64.</param>
    /// <param name="shadow">Address of the average.</param>
    /// <param name="sourceType">The type of the source.</param>
    /// <param name="source">Address of the source.</param>
    /// <param name="mu">μ.</param>
    /// <param name="weights">How many there are.</param>
    /// <param name="threads">At most so many threads; null for one per core. The result does not depend on it.</param>
    /// <param name="cancellationToken">Ends the work; the average is then half old, half new.</param>
    internal static void MoveTowards(
        ScalarType shadowType,
        nint shadow,
        ScalarType sourceType,
        nint source,
        double mu,
        long weights,
        int? threads = null,
        CancellationToken cancellationToken = default)
    {
        var (shadowSize, sourceSize) = (Size(shadowType), Size(sourceType));
        EmaRange move = shadowType switch
        {
            ScalarType.Float64 => ChosenSource<Float64Element>(sourceType),
            ScalarType.Float32 => ChosenSource<Float32Element>(sourceType),
            _ => throw Unsupported(shadowType),
        };
        BlockParallel.Run(
            weights,
            threads,
            (first, count) => move((byte*)shadow + (first * shadowSize), (byte*)source + (first * sourceSize), mu, count),
            cancellationToken);
    }

    internal static NotSupportedException Unsupported(ScalarType type) => new($"There is no kernel for weights of type {type}.");

    private static CombineRange Chosen(ScalarType input, ScalarType output) => input switch
    {
        ScalarType.Float64 => ChosenOutput<Float64Element>(output),
        ScalarType.Float32 => ChosenOutput<Float32Element>(output),
        ScalarType.BFloat16 => ChosenOutput<BFloat16Element>(output),
        ScalarType.Float16 => ChosenOutput<Float16Element>(output),
        _ => throw Unsupported(input),
    };

    private static CombineRange ChosenOutput<TIn>(ScalarType output)
        where TIn : struct, IElement => output switch
        {
            ScalarType.Float64 => CombineKernel.Run<TIn, Float64Element>,
            ScalarType.Float32 => CombineKernel.Run<TIn, Float32Element>,
            ScalarType.BFloat16 => CombineKernel.Run<TIn, BFloat16Element>,
            ScalarType.Float16 => CombineKernel.Run<TIn, Float16Element>,
            _ => throw Unsupported(output),
        };

    private static EmaRange ChosenSource<TShadow>(ScalarType source)
        where TShadow : struct, IElement => source switch
        {
            ScalarType.Float64 => EmaKernel.Run<TShadow, Float64Element>,
            ScalarType.Float32 => EmaKernel.Run<TShadow, Float32Element>,
            ScalarType.BFloat16 => EmaKernel.Run<TShadow, BFloat16Element>,
            ScalarType.Float16 => EmaKernel.Run<TShadow, Float16Element>,
            _ => throw Unsupported(source),
        };
}
