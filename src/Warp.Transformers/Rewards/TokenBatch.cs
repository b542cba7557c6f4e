using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Texts as one padded rectangle, and where in it each ends.</summary>
/// <remarks>Padding stands on the right, where no token of the text sees it.</remarks>
internal sealed class TokenBatch
{
    private readonly long[] _ids;
    private readonly long[] _last;
    private readonly int _rows;
    private readonly int _length;

    internal TokenBatch(IReadOnlyList<IReadOnlyList<int>> texts, int padTokenId)
    {
        (_rows, _length) = (texts.Count, texts.Max(t => t.Count));
        _ids = new long[(long)_rows * _length];
        _last = new long[_rows];
        Array.Fill(_ids, padTokenId);
        for (var row = 0; row < _rows; row++)
        {
            var at = row * _length;
            for (var t = 0; t < texts[row].Count; t++)
                _ids[at + t] = texts[row][t];
            _last[row] = at + texts[row].Count - 1;
        }
    }

    /// <summary>[rows, length], int64.</summary>
    internal Tensor Ids(Device device) => tensor(_ids, [_rows, _length], ScalarType.Int64, device);

    /// <summary>The state of each text's last token.</summary>
    /// <param name="states">[rows, length, size].</param>
    /// <returns>[rows, size].</returns>
    internal Tensor Last(Tensor states) =>
        states.reshape((long)_rows * _length, -1).index_select(0, tensor(_last, ScalarType.Int64, states.device));

    /// <summary>Divides items into groups of neighbours in length whose padded rectangles have at most so many tokens (or one item).</summary>
    /// <param name="count">How many items there are.</param>
    /// <param name="length">The longest row of an item.</param>
    /// <param name="rows">The rows of every item.</param>
    /// <param name="tokens">The most tokens of a rectangle.</param>
    internal static IEnumerable<int[]> Group(int count, Func<int, int> length, int rows, int tokens)
    {
        var group = new List<int>();
        // From the longest on, so that a lack of memory shows at once.
        foreach (var item in Enumerable.Range(0, count).OrderByDescending(length))
        {
            if (group.Count > 0 && (group.Count + 1L) * rows * length(group[0]) > tokens)
            {
                yield return [.. group];
                group.Clear();
            }

            group.Add(item);
        }

        if (group.Count > 0)
            yield return [.. group];
    }
}
