using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>Inner products of task vectors over one block of weights.</summary>
internal static unsafe class GramKernel
{
    /// <summary>With more than two policies, their differences go through a buffer of so many vectors each, in the nearest cache.</summary>
    private const int TileVectors = 32;

    private const int MostPoliciesOnStack = 16;

    /// <summary>Vectors at the start of a block whose products may well exceed the sum before them.</summary>
    private const int FirstVectors = 16;

    /// <summary>The number of inner products of <paramref name="policies"/> vectors.</summary>
    internal static int Pairs(int policies) => policies * (policies + 1) / 2;

    /// <summary>
    /// Σ (θᵢ − θ_init)(θⱼ − θ_init) for i ≤ j, row by row. Each lane adds every eighth product in float64, and beside it what rounding took from
    /// products and sums; the lanes are added at the end.
    /// </summary>
    internal static void Sum<T>(byte* init, nint* policies, int count, int weights, DoubleDouble* sums)
        where T : struct, IElement
    {
        // On the stack for the usual few policies; their squares would not fit for hundreds.
        var pairs = Pairs(count);
        using var heap = count > MostPoliciesOnStack ? new AlignedBuffer(2L * pairs * sizeof(Vector512<double>)) : null;
        var room = stackalloc Vector512<double>[heap is null ? 2 * pairs : 0];
        var lanes = heap is null ? room : (Vector512<double>*)heap.Address;
        new Span<Vector512<double>>(lanes, 2 * pairs).Clear();
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
            sums[p] = Lanes.Sum(lanes[p], lanes[pairs + p]);
    }

    /// <summary>Adds the products of whole vectors to <paramref name="lanes"/>: first the sums, then what they have lost.</summary>
    private static void Accumulate<T>(byte* init, nint* policies, int count, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
    {
        if (T.Size == sizeof(ushort))
        {
            Accumulate<T, PlainAddition>(init, policies, count, vectors, lanes);
            return;
        }

        var first = Math.Min(FirstVectors, vectors);
        Accumulate<T, ExactAddition>(init, policies, count, first, lanes);
        if (first == vectors)
            return;
        var done = (nint)first * Lanes.Count * T.Size;
        var rest = stackalloc nint[count];
        for (var k = 0; k < count; k++)
            rest[k] = policies[k] + done;
        Accumulate<T, FusedAddition>(init + done, rest, count, vectors - first, lanes);
    }

    private static void Accumulate<T, TAddition>(byte* init, nint* policies, int count, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
        where TAddition : struct, IAddition
    {
        if (count == 1)
            One<T, TAddition>(init, (byte*)policies[0], vectors, lanes);
        else if (count == 2)
            Two<T, TAddition>(init, (byte*)policies[0], (byte*)policies[1], vectors, lanes);
        else
            Many<T, TAddition>(init, policies, count, vectors, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T, TAddition>(byte* init, byte* policy, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
        where TAddition : struct, IAddition
    {
        var (sum, lost) = (lanes[0], lanes[1]);
        var bytes = (nint)vectors * Lanes.Count * T.Size;
        for (nint at = 0; at < bytes; at += Lanes.Count * T.Size)
        {
            var task = T.Load(policy + at) - T.Load(init + at);
            var total = TAddition.Add(task, task, sum);
            lost = lost + TAddition.Loss(task, task, sum, total);
            sum = total;
        }

        (lanes[0], lanes[1]) = (sum, lost);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two<T, TAddition>(byte* init, byte* first, byte* second, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
        where TAddition : struct, IAddition
    {
        var (squareFirst, inner, squareSecond) = (lanes[0], lanes[1], lanes[2]);
        var (lostFirst, lostInner, lostSecond) = (lanes[3], lanes[4], lanes[5]);
        var bytes = (nint)vectors * Lanes.Count * T.Size;
        for (nint at = 0; at < bytes; at += Lanes.Count * T.Size)
        {
            Lanes.Prefetch(init + at);
            Lanes.Prefetch(first + at);
            Lanes.Prefetch(second + at);
            var origin = T.Load(init + at);
            var a = T.Load(first + at) - origin;
            var b = T.Load(second + at) - origin;
            var total = TAddition.Add(a, a, squareFirst);
            lostFirst = lostFirst + TAddition.Loss(a, a, squareFirst, total);
            squareFirst = total;
            total = TAddition.Add(a, b, inner);
            lostInner = lostInner + TAddition.Loss(a, b, inner, total);
            inner = total;
            total = TAddition.Add(b, b, squareSecond);
            lostSecond = lostSecond + TAddition.Loss(b, b, squareSecond, total);
            squareSecond = total;
        }

        (lanes[0], lanes[1], lanes[2]) = (squareFirst, inner, squareSecond);
        (lanes[3], lanes[4], lanes[5]) = (lostFirst, lostInner, lostSecond);
    }

    private static void Many<T, TAddition>(byte* init, nint* policies, int count, int vectors, Vector512<double>* lanes)
        where T : struct, IElement
        where TAddition : struct, IAddition
    {
        using var heap = count > MostPoliciesOnStack ? new AlignedBuffer((long)count * TileVectors * sizeof(Vector512<double>)) : null;
        var room = stackalloc Vector512<double>[heap is null ? count * TileVectors : 0];
        var tasks = heap is null ? room : (Vector512<double>*)heap.Address;
        var pairs = Pairs(count);
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
                    Products<TAddition>(row, tasks + (j * TileVectors), tasks + ((j + 1) * TileVectors), length, sums, sums + pairs);
                if (j < count)
                    Products<TAddition>(row, tasks + (j * TileVectors), length, sums, sums++ + pairs);
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
    private static void Products<TAddition>(Vector512<double>* a, Vector512<double>* b, int vectors, Vector512<double>* sums, Vector512<double>* losses)
        where TAddition : struct, IAddition
    {
        var (sum, lost) = (sums[0], losses[0]);
        for (nint v = 0; v < vectors; v++)
        {
            var total = TAddition.Add(a[v], b[v], sum);
            lost = lost + TAddition.Loss(a[v], b[v], sum, total);
            sum = total;
        }

        (sums[0], losses[0]) = (sum, lost);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products<TAddition>(
        Vector512<double>* a, Vector512<double>* b, Vector512<double>* c, int vectors, Vector512<double>* sums, Vector512<double>* losses)
        where TAddition : struct, IAddition
    {
        var (first, second) = (sums[0], sums[1]);
        var (lostFirst, lostSecond) = (losses[0], losses[1]);
        for (nint v = 0; v < vectors; v++)
        {
            var total = TAddition.Add(a[v], b[v], first);
            lostFirst = lostFirst + TAddition.Loss(a[v], b[v], first, total);
            first = total;
            total = TAddition.Add(a[v], c[v], second);
            lostSecond = lostSecond + TAddition.Loss(a[v], c[v], second, total);
            second = total;
        }

        (sums[0], sums[1]) = (first, second);
        (losses[0], losses[1]) = (lostFirst, lostSecond);
    }
}
