using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Warp.Benchmarks;

/// <summary>The kernels, outputs allocated beforehand, beside the formulas written plainly in torch's operators and a copy.</summary>
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByParams)]
[SuppressMessage("Design", "CA1001", Justification = "The weights are kept for the next case.")]
public class MergeBenchmarks
{
    private const double Mu = 0.01;
    private const double Eta = 0.3;
    private const double Lambda = 0.5;

    private Weights _init = null!;
    private Weights _first = null!;
    private Weights _second = null!;
    private Weights _output = null!;
    private Weights _shadow = null!;

    [ParamsAllValues]
    public ModelShape Shape { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        (_init, _first, _second, _output) = (Weights.Of(Shape, 1), Weights.Of(Shape, 2), Weights.Of(Shape, 3), Weights.Of(Shape, 4));
        _shadow = Shape.Type() == ScalarType.Float32 ? _output : Weights.Of(Shape, 5, ScalarType.Float32);
    }

    [Benchmark(Baseline = true)]
    public void Copy() => Combine([_first], [1]);

    [Benchmark]
    public void CopyPlain() => Plain(k => _output.Tensors[k].copy_(_first.Tensors[k]));

    [Benchmark]
    public void Ema() => Each((k, _) => WeightMath.MoveTowards(_shadow.Tensors[k], _first.Tensors[k], Mu));

    [Benchmark]
    public void EmaPlain() => Plain(k => _shadow.Tensors[k].mul_(1 - Mu).add_(_first.Tensors[k], Mu));

    [Benchmark]
    public void Lerp() => Combine([_first, _second], [1 - Lambda, Lambda]);

    [Benchmark]
    public void LerpPlain() => Plain(k => ((1 - Lambda) * _first.Tensors[k]) + (Lambda * _second.Tensors[k]));

    [Benchmark]
    public void Slerp()
    {
        // One angle per tensor, so that both sides do the same.
        Each((k, type) =>
        {
            var gram = new GramAccumulator(2);
            WeightMath.AddGram(_init.Tensors[k], [_first.Tensors[k], _second.Tensors[k]], gram);
            var (coefficients, _) = SlerpArithmetic.Fold(gram.ToMatrix(), _ => Lambda, SlerpArithmetic.Weights);
            Combine(k, type, [_init, _first, _second], [1 - coefficients.Sum(), .. coefficients]);
        });
    }

    [Benchmark]
    public void SlerpPlain() => Plain(k =>
    {
        var (init, a, b) = (_init.Tensors[k], _first.Tensors[k], _second.Tensors[k]);
        var (first, second) = (a - init, b - init);
        var cosine = (first * second).sum() / (first.norm() * second.norm());
        var angle = Math.Acos(cosine.to(ScalarType.Float32).item<float>());
        return init + (Math.Sin((1 - Lambda) * angle) / Math.Sin(angle) * first) + (Math.Sin(Lambda * angle) / Math.Sin(angle) * second);
    });

    [Benchmark]
    public void Liti() => Combine([_init, _first], [1 - Eta, Eta]);

    [Benchmark]
    public void LitiPlain() => Plain(k => ((1 - Eta) * _init.Tensors[k]) + (Eta * _first.Tensors[k]));

    private void Combine(Weights[] inputs, double[] factors, [CallerMemberName] string operation = "") =>
        Each((k, type) => Combine(k, type, inputs, factors), operation);

    private void Combine(int k, ScalarType type, Weights[] inputs, double[] factors) => WeightKernels.Combine(
        type,
        [.. inputs.Select(i => TensorMemory.AddressOfFirst(i.Tensors[k]))],
        factors,
        type,
        TensorMemory.AddressOfFirst(_output.Tensors[k]),
        _output.Tensors[k].numel());

    private void Plain(Func<int, Tensor> formula, [CallerMemberName] string operation = "") => Each((k, _) => formula(k), operation);

    private void Each(Action<int, ScalarType> work, [CallerMemberName] string operation = "")
    {
        var before = Environment.CpuUsage.TotalTime;
        using var noGradient = no_grad();
        for (var k = 0; k < _init.Tensors.Length; k++)
        {
            using var scope = NewDisposeScope();
            work(k, Shape.Type());
        }

        ProcessorTimes.Add(Shape, operation, Environment.CpuUsage.TotalTime - before);
    }
}
