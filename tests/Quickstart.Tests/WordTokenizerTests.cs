using Warp.Quickstart;

namespace Warp.Tests;

public sealed class WordTokenizerTests
{
    private readonly WordTokenizer _tokenizer = new();

    [Fact]
    public void WordsAndTextsComeBack()
    {
        foreach (var review in ReviewGrammar.Corpus(200, new RandomStream(1)))
        {
            var ids = _tokenizer.Encode(review);
            Assert.Equal(review, _tokenizer.Words(ids));
            Assert.Equal(ids, _tokenizer.Encode(_tokenizer.Decode(ids)));
        }
    }

    [Fact]
    public void DecodedTextReadsWell()
    {
        var ids = _tokenizer.Encode(["the", "film", "was", "good", ",", "but", "i", "hated", "it", "!", "it", "drags", "."]);

        Assert.Equal("The film was good, but I hated it! It drags.", _tokenizer.Decode([WordTokenizer.StartId, .. ids, WordTokenizer.EndId, WordTokenizer.PadId]));
        Assert.Equal("was good.", _tokenizer.Decode(_tokenizer.Encode("was good."), startsSentence: false));
        Assert.Equal("", _tokenizer.Decode([]));
    }

    [Fact]
    public void VocabularyIsTheWordsAndThreeSpecialTokens() => Assert.Equal(Lexicon.Words.Count + 3, _tokenizer.VocabularySize);

    [Fact]
    public void UnknownWordIsNamed() =>
        Assert.Contains("\"gibberish\"", Assert.Throws<ArgumentException>(() => _tokenizer.Encode("the gibberish")).Message, StringComparison.Ordinal);

    [Fact]
    public void UnknownIdIsNamed() => Assert.Equal(100_000, Assert.Throws<ArgumentOutOfRangeException>(() => _tokenizer.Decode([100_000])).ActualValue);

    [Fact]
    public void PromptIsTheStartTokenAndThreeWords()
    {
        var prompt = _tokenizer.PromptOf(["the", "film", "was", "good", "."]);

        Assert.Equal("The film was", prompt.Text);
        Assert.Equal([WordTokenizer.StartId, .. _tokenizer.Encode("the film was")], prompt.TokenIds);
    }
}
