using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>Inner products of task vectors over one block of weights.</summary>
internal static unsafe class GramKernel
{
    /// <summary>With more than two policies, their differences go through a buffer of so many vectors each, in the nearest cache.</summary>
    private const int TileVectors = 32;

    private const int MostPoliciesOnStack = 16;

    /// <summary>The number of inner products of <paramref name="policies"/> vectors.</summary>
    internal static int Pairs(int policies) => policies * (policies + 1) / 2;

    /// <summary>
    /// Σ (θᵢ − θ_init)(θⱼ − θ_init) for i ≤ j, row by row, in float64. Each lane adds every eighth product; the lanes are added at the end.
    /// </summary>
    internal static void Sum<T>(byte* init, nint* policies, int count, int weights, double* sums)
        where T : struct, IElement
    {
        // On the stack for the usual few policies; their squares would not fit for hundreds.
        var pairs = Pairs(count);
        using var heap = count > MostPoliciesOnStack ? new AlignedBuffer((long)pairs * sizeof(Vector512<double>)) : null;
        var room = stackalloc Vector512<double>[heap is null ? pairs : 0];
        var lanes = heap is null ? room : (Vector512<double>*)heap.Address;
        new Span<Vector512<double>>(lanes, pairs).Clear();
        var whole = weights / Lanes.Count;
        Accumulate<T>(init, policies, count, whole, lanes);

        var (done, rest) = (whole * Lanes.Count * T.Size, weights % Lanes.Count * T.Size);
        if (rest > 0)
        {
            // Padded with zeros: differences and products of 0 change no sum.
            var padded = stackalloc byte[(count + 1) * Lanes.MaxBytes];
            var ends = stackalloc nint[count];
            Lanes.Pad(init + done, rest, padded);
            for (var k = 0; k < count; k++)
            {
                ends[k] = (nint)(padded + ((k + 1) * Lanes.MaxBytes));
                Lanes.Pad((byte*)policies[k] + done, rest, (byte*)ends[k]);
            }

            Accumulate<T>(padded, ends, count, 1, lanes);
        }

        for (var p = 0; p < pairs; p++)
            sums[p] = Lanes.Sum(lanes[p]);
    }

    private static void Accumulate<T>(byte* init, nint* policies, int count, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
    {
        if (count == 1)
            One<T>(init, (byte*)policies[0], vectors, lanes);
        else if (count == 2)
            Two<T>(init, (byte*)policies[0], (byte*)policies[1], vectors, lanes);
        else
            Many<T>(init, policies, count, vectors, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T>(byte* init, byte* policy, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
    {
        var sum = lanes[0];
        var bytes = (nint)vectors * Lanes.Count * T.Size;
        for (nint at = 0; at < bytes; at += Lanes.Count * T.Size)
        {
            var task = T.Load(policy + at) - T.Load(init + at);
            sum += task * task;
        }

        lanes[0] = sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two<T>(byte* init, byte* first, byte* second, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
    {
        var (squareFirst, inner, squareSecond) = (lanes[0], lanes[1], lanes[2]);
        var bytes = (nint)vectors * Lanes.Count * T.Size;
        for (nint at = 0; at < bytes; at += Lanes.Count * T.Size)
        {
            Lanes.Prefetch(init + at);
            Lanes.Prefetch(first + at);
            Lanes.Prefetch(second + at);
            var origin = T.Load(init + at);
            var a = T.Load(first + at) - origin;
            var b = T.Load(second + at) - origin;
            squareFirst += a * a;
            inner += a * b;
            squareSecond += b * b;
        }

        (lanes[0], lanes[1], lanes[2]) = (squareFirst, inner, squareSecond);
    }

    private static void Many<T>(byte* init, nint* policies, int count, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
    {
        using var heap = count > MostPoliciesOnStack ? new AlignedBuffer((long)count * TileVectors * sizeof(Vector512<double>)) : null;
        var room = stackalloc Vector512<double>[heap is null ? count * TileVectors : 0];
        var tasks = heap is null ? room : (Vector512<double>*)heap.Address;
        for (var tile = 0; tile < vectors; tile += TileVectors)
        {
            var length = Math.Min(TileVectors, vectors - tile);
            var at = (nint)tile * Lanes.Count * T.Size;
            for (var k = 0; k < count; k++)
                Subtract<T>((byte*)policies[k] + at, init + at, length, tasks + (k * TileVectors));

            var sums = lanes;
            for (var i = 0; i < count; i++)
            {
                var row = tasks + (i * TileVectors);
                var j = i;
                for (; j + 1 < count; j += 2, sums += 2)
                    Products(row, tasks + (j * TileVectors), tasks + ((j + 1) * TileVectors), length, sums);
                if (j < count)
                    Products(row, tasks + (j * TileVectors), length, sums++);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract<T>(byte* policy, byte* init, int vectors, Vector512<double>* task)
        where T : struct, IElement
    {
        for (nint v = 0; v < vectors; v++)
        {
            var at = v * Lanes.Count * T.Size;
            Lanes.Prefetch(policy + at);
            task[v] = T.Load(policy + at) - T.Load(init + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(Vector512<double>* a, Vector512<double>* b, int vectors, Vector512<double>* sum)
    {
        var total = sum[0];
        for (nint v = 0; v < vectors; v++)
            total += a[v] * b[v];
        sum[0] = total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(Vector512<double>* a, Vector512<double>* b, Vector512<double>* c, int vectors, Vector512<double>* sums)
    {
        var (first, second) = (sums[0], sums[1]);
        for (nint v = 0; v < vectors; v++)
        {
            first += a[v] * b[v];
            second += a[v] * c[v];
        }

        (sums[0], sums[1]) = (first, second);
    }
}
