namespace Warp.Quickstart;

internal static class Program
{
    private static void Main()
    {
        var tokenizer = new WordTokenizer();
        var random = new RandomStream(1);
        foreach (var review in ReviewGrammar.Corpus(10, random))
            Console.WriteLine($"{GoldScorer.Score(review),6:0.00}  {tokenizer.Decode(tokenizer.Encode(review))}");
    }
}
