using Warp.Stories;
using Warp.Transformers;

namespace Warp.Tests;

public sealed class StoryBeginningsTests
{
    [Fact]
    public void Stories_begin_after_a_line_or_a_separator_and_paragraphs_do_not() =>
        Assert.Equal(
            ["one\n\nmore", "two", "three\n\nend", "four"],
            StoryBeginnings.Stories("one\n\nmore\r\ntwo\n<|endoftext|>\nthree\n\n end \n<|endoftext|>\n\n<|endoftext|>four"));

    [Fact]
    public void Beginnings_are_different_have_the_start_token_and_are_divided()
    {
        var tokenizer = new CharacterTokenizer("abcdefgh");
        string[] stories = ["abcde", "abcdf", "bcdef", "abc", "hhhhh", "gabcd"]; // the first two begin alike, "abc" is too short
        var (training, heldOut) = StoryBeginnings.Divide(stories, tokenizer, tokens: 4, heldOut: 1, new RandomStream(1));
        Assert.Equal((3, 1), (training.Length, heldOut.Length));
        Assert.Equal(["abcd", "bcde", "gabc", "hhhh"], training.Concat(heldOut).Select(p => p.Text).Order(StringComparer.Ordinal));
        Assert.All(training, p => Assert.Equal([tokenizer.StartTokenId!.Value, .. tokenizer.Encode(p.Text)], p.TokenIds));
        Assert.Throws<ArgumentException>(() => StoryBeginnings.Divide(stories, tokenizer, tokens: 4, heldOut: 4, new RandomStream(1)));
    }

    [Fact]
    public void The_page_shows_the_ends_and_evenly_between()
    {
        Assert.Equal([0, 3, 6, 10], CompletionsPage.Choose(Enumerable.Range(0, 11).ToArray()));
        Assert.Equal([0, 1, 2], CompletionsPage.Choose([0, 1, 2]));
    }
}
