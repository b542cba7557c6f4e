using Warp.Transformers;

namespace Warp.Stories;

/// <summary>Labelled reviews, divided so that the reward model, the judge and the measurement of both have none in common.</summary>
internal sealed record Reviews(LabelledText[] ForReward, LabelledText[] ForJudge, LabelledText[] HeldOut)
{
    private const int Fewest = 10;

    /// <exception cref="FormatException">A file is malformed.</exception>
    /// <exception cref="ArgumentException">There are too few reviews, or those of one file are all of one kind.</exception>
    public static Reviews Load(StoriesOptions options, RandomStream random)
    {
        var all = Shuffled(StoriesOptions.ReviewsName, options.Reviews, random);
        if (options.TestReviews is { } path)
            return Halves(all, Shuffled(StoriesOptions.TestReviewsName, path, random));
        var held = Math.Max(1, (int)(all.Length * options.HeldOutReviews));
        return Halves(all[held..], all[..held]);
    }

    private static Reviews Halves(LabelledText[] training, LabelledText[] heldOut) => new(training[..(training.Length / 2)], training[(training.Length / 2)..], heldOut);

    private static LabelledText[] Shuffled(string name, string path, RandomStream random)
    {
        LabelledText[] reviews = [.. LabelledText.Load(path).Where(r => r.Text.Length > 0)];
        var positive = reviews.Count(r => r.IsPositive);
        if (reviews.Length < Fewest || positive == 0 || positive == reviews.Length)
            throw new ArgumentException($"{name} has {positive} positive and {reviews.Length - positive} negative reviews; give both, and {Fewest} or more together.");
        random.Shuffle<LabelledText>(reviews);
        return reviews;
    }
}
