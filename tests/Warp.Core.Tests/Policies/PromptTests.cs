namespace Warp.Tests;

public sealed class PromptTests
{
    [Fact]
    public void A_prompt_keeps_text_and_ids()
    {
        int[] ids = [0, 5, int.MaxValue];
        var prompt = new Prompt("", ids);
        Assert.Equal("", prompt.Text);
        Assert.Same(ids, prompt.TokenIds);
    }

    [Fact]
    public void A_prompt_without_ids_is_refused()
    {
        var failure = Assert.Throws<ArgumentException>("tokenIds", () => new Prompt("hello", []));
        Assert.Contains("\"hello\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("start token", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_id_is_refused_with_its_place()
    {
        var failure = Assert.Throws<ArgumentException>("tokenIds", () => new Prompt("hello", [3, 4, -7]));
        Assert.Contains("Token id 2 of the prompt \"hello\" is -7; ids are 0 or more", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nulls_are_refused()
    {
        Assert.Throws<ArgumentNullException>("text", () => new Prompt(null!, [1]));
        Assert.Throws<ArgumentNullException>("tokenIds", () => new Prompt("", null!));
    }
}
