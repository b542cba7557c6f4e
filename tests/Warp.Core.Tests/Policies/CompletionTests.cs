namespace Warp.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_completion_keeps_what_it_is_given(bool truncated)
    {
        int[] ids = [7, 2];
        var completion = new Completion("text", ids, truncated);
        Assert.Equal(("text", truncated), (completion.Text, completion.IsTruncated));
        Assert.Same(ids, completion.TokenIds);
    }

    [Fact]
    public void A_completion_without_ids_is_refused() =>
        Assert.Contains("at least one token id", Assert.Throws<ArgumentException>("tokenIds", () => new Completion("", [], false)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_negative_id_is_refused_with_its_place()
    {
        var failure = Assert.Throws<ArgumentException>("tokenIds", () => new Completion("text", [-1], false));
        Assert.Contains("Token id 0 of the completion \"text\" is -1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nulls_are_refused()
    {
        Assert.Throws<ArgumentNullException>("text", () => new Completion(null!, [1], false));
        Assert.Throws<ArgumentNullException>("tokenIds", () => new Completion("", null!, false));
    }
}
