namespace Warp.Tests;

/// <summary>Byte-pair encoding as it is defined: the merge of the lowest rank, the leftmost of its places, again and again.</summary>
internal sealed class NaiveBpe
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<(string, string), int> _ranks = [];

    public NaiveBpe(IReadOnlyList<string> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        _ids = vocabulary.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id);
        for (var rank = 0; rank < merges.Count; rank++)
            _ranks[merges[rank]] = rank;
    }

    /// <summary>The tokens of a piece; a character that the vocabulary lacks is a token by itself.</summary>
    public List<string> Tokens(string piece)
    {
        var tokens = piece.EnumerateRunes().Select(rune => rune.ToString()).ToList();
        while (true)
        {
            var (best, at) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < tokens.Count; i++)
            {
                if (_ranks.TryGetValue((tokens[i], tokens[i + 1]), out var rank) && rank < best)
                    (best, at) = (rank, i);
            }

            if (at < 0)
                return tokens;
            tokens[at] += tokens[at + 1];
            tokens.RemoveAt(at + 1);
        }
    }

    public int Id(string token) => _ids[token];

    public bool Knows(string token) => _ids.ContainsKey(token);

    public int[] Encode(string piece) => [.. Tokens(piece).Select(token => _ids[token])];

    /// <summary>Learns merges: the most frequent pair of the words, the first in ordinal order among equals, again and again.</summary>
    public static (List<string> Vocabulary, List<(string Left, string Right)> Merges) Train(IEnumerable<string> alphabet, IEnumerable<string> words, int count)
    {
        var (vocabulary, merges) = (alphabet.ToList(), new List<(string Left, string Right)>());
        var texts = words.GroupBy(word => word).Select(group => (Tokens: group.Key.EnumerateRunes().Select(rune => rune.ToString()).ToList(), Count: group.Count())).ToList();
        while (merges.Count < count)
        {
            var pairs = new Dictionary<(string Left, string Right), int>();
            foreach (var (tokens, times) in texts)
            {
                for (var i = 0; i + 1 < tokens.Count; i++)
                    pairs[(tokens[i], tokens[i + 1])] = pairs.GetValueOrDefault((tokens[i], tokens[i + 1])) + times;
            }

            if (pairs.Count == 0)
                break;
            var best = pairs.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key.Left + "\0" + pair.Key.Right, StringComparer.Ordinal).First().Key;
            merges.Add(best);
            if (!vocabulary.Contains(best.Left + best.Right))
                vocabulary.Add(best.Left + best.Right);
            foreach (var (tokens, _) in texts)
            {
                for (var i = 0; i + 1 < tokens.Count; i++)
                {
                    if ((tokens[i], tokens[i + 1]) != best)
                        continue;
                    tokens[i] += tokens[i + 1];
                    tokens.RemoveAt(i + 1);
                }
            }
        }

        return (vocabulary, merges);
    }
}
