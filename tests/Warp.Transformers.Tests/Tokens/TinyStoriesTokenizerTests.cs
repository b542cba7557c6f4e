using System.Text.Json;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>A real tokenizer without a pre-tokenizer, on real text, against merging as it is defined.</summary>
public class TinyStoriesTokenizerTests
{
    private const int ExcerptLength = 400;
    private const int Excerpts = 40;

    [Fact]
    public void A_sentence_has_the_pieces_that_it_is_known_to_have()
    {
        var tokenizer = Load();
        string[] pieces = ["▁", "On", "ce▁", "upon▁a▁tim", "e,▁", "there▁was▁a▁", "little▁", "dog"];
        Assert.Equal(pieces.Select(piece => Vocabulary()[piece]), tokenizer.Encode("Once upon a time, there was a little dog"));
    }

    [Fact]
    public void Special_ids_are_those_of_the_files()
    {
        var tokenizer = Load();
        Assert.Equal(1, tokenizer.StartTokenId);
        Assert.Equal([2], tokenizer.EndTokenIds);
        Assert.Equal(0, tokenizer.PadTokenId);
        Assert.Equal(2048, tokenizer.VocabularySize);
    }

    [Fact]
    public void Ids_of_stories_are_those_of_naive_merging_and_decode_to_the_stories()
    {
        var (tokenizer, naive, text) = (Load(), Naive(), File.ReadAllText(SharedData.Path("data", "text", "tinystories.txt")));
        for (var i = 0; i < Excerpts; i++)
        {
            var excerpt = text.Substring(i * text.Length / Excerpts / 2, ExcerptLength);
            var ids = tokenizer.Encode(excerpt);
            Assert.Equal(Expected(naive, excerpt), ids);
            Assert.Equal(WithUnknown(naive, excerpt), tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Ids_of_reviews_are_those_of_naive_merging()
    {
        var (tokenizer, naive) = (Load(), Naive());
        foreach (var line in File.ReadLines(SharedData.Path("data", "text", "imdb_test.jsonl")).Take(Excerpts))
        {
            var review = JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!;
            Assert.Equal(Expected(naive, review), tokenizer.Encode(review));
        }
    }

    [Fact]
    public void A_long_text_is_cut_where_nothing_merges()
    {
        // Naive merging of the whole would take too long; so it is made of parts between which there is a character that merges with nothing.
        var (tokenizer, naive, text) = (Load(), Naive(), File.ReadAllText(SharedData.Path("data", "text", "tinystories.txt")));
        Assert.DoesNotContain(Model().GetProperty("merges").EnumerateArray(), merge => merge.GetString()!.Contains('$'));
        string[] parts = [.. Enumerable.Range(0, 100).Select(part => text.Substring(part * ExcerptLength, ExcerptLength).Replace(' ', '▁').Replace("$", ""))];
        var expected = Ids(naive, "▁" + parts[0]).Concat(parts.Skip(1).SelectMany(part => Ids(naive, "$" + part)));
        Assert.Equal(expected, tokenizer.Encode(string.Join('$', parts).Replace('▁', ' ')));
    }

    private static PretrainedTokenizer Load() => PretrainedTokenizer.Load(SharedData.Path("data", "TinyStories-656K"));

    private static JsonElement Model() =>
        JsonDocument.Parse(File.ReadAllText(SharedData.Path("data", "TinyStories-656K", "tokenizer.json"))).RootElement.GetProperty("model");

    private static Dictionary<string, int> Vocabulary() => Model().GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32());

    private static NaiveBpe Naive() => new(
        [.. Vocabulary().OrderBy(entry => entry.Value).Select(entry => entry.Key)],
        [.. Model().GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!.Split(' ')).Select(pair => (pair[0], pair[1]))]);

    private static int[] Expected(NaiveBpe naive, string text) => Ids(naive, "▁" + text.Replace(' ', '▁'));

    // Unknown characters side by side are one <unk>.
    private static int[] Ids(NaiveBpe naive, string text)
    {
        var ids = new List<int>();
        var afterUnknown = false;
        foreach (var token in naive.Tokens(text))
        {
            var known = naive.Knows(token);
            if (known || !afterUnknown)
                ids.Add(known ? naive.Id(token) : 0);
            afterUnknown = !known;
        }

        return [.. ids];
    }

    // Unknown characters have no text.
    private static string WithUnknown(NaiveBpe naive, string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()).Where(character => character == " " || naive.Knows(character)));
}
