using Warp.Samples;
using Warp.Transformers;

namespace Warp.Stories;

/// <summary>What can be set from the command line, and the size of the rest of the experiment.</summary>
public sealed record StoriesOptions : ExperimentOptions
{
    public const string DefaultOut = "artifacts/stories";

    internal const string ModelName = "--model";
    internal const string ReviewsName = "--reviews";
    internal const string TestReviewsName = "--test-reviews";
    internal const string StoriesName = "--stories";

    private const string ModelHelp =
        "give the folder of a language model in Hugging Face's layout (config.json, *.safetensors, tokenizer.json); "
        + "a small one is 'raincandy-u/TinyStories-656K': hf download raincandy-u/TinyStories-656K --local-dir DIR";

    private const string ReviewsHelp =
        "give a file with one JSON object {\"text\": …, \"label\": …} per line, the label being \"pos\" or \"neg\", 1 or 0; "
        + "for instance the data set 'stanfordnlp/imdb' of Hugging Face, saved by to_json(\"FILE.jsonl\") of the Python package datasets";

    private const string StoriesHelp =
        "give a text file of stories; for instance TinyStoriesV2-GPT4-valid.txt of the data set 'roneneldan/TinyStories': "
        + "hf download roneneldan/TinyStories TinyStoriesV2-GPT4-valid.txt --repo-type dataset --local-dir DIR";

    /// <summary>Creates the options of the command line without arguments.</summary>
    public StoriesOptions() => (Out, Steps, Beta) = (DefaultOut, 100, 0.1);

    /// <summary>The folder of the pretrained language model, which is θ_sft.</summary>
    public string Model { get; init; } = "";

    /// <summary>The file of labelled reviews.</summary>
    public string Reviews { get; init; } = "";

    /// <summary>The file of labelled reviews that accuracies are measured on; null holds a part of <see cref="Reviews"/> out.</summary>
    public string? TestReviews { get; init; }

    /// <summary>The file of stories.</summary>
    public string Stories { get; init; } = "";

    /// <summary>Tokens of a prompt, from the beginning of a story. Not on the command line, as all that follows.</summary>
    public int PromptTokens { get; init; } = 16;

    /// <summary>The most tokens of a completion.</summary>
    public int CompletionTokens { get; init; } = 48;

    /// <summary>Prompts that every policy is evaluated on; no policy is trained on them.</summary>
    public int HeldOutPrompts { get; init; } = 256;

    /// <summary>The share of the reviews that is held out if there are no others.</summary>
    public double HeldOutReviews { get; init; } = 0.2;

    /// <summary>
    /// The most tokens of a review or story that the reward model and the judge read. Their decoder is small and begins with random weights: on
    /// held-out reviews that was more accurate than a model that has read children's stories, and far faster (docs/results/stories.md).
    /// </summary>
    public int RewardTokens { get; init; } = 256;

    /// <summary>How the reward model and the judge are trained.</summary>
    public RewardTrainingOptions Reward { get; init; } = new() { Epochs = 2, BatchSize = 16, LearningRate = 2e-3, WarmupSteps = 20 };

    /// <summary>The settings of WARP and, with another anchor and β, of the baselines.</summary>
    public WarpOptions ToWarp() => ToWarp(CompletionTokens, StoriesProgram.Words.JudgeName);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (Model.Length == 0 || !File.Exists(Path.Combine(Model, "config.json")))
            yield return Missing(ModelName, Model, "has no config.json", ModelHelp);
        else if (!PretrainedTokenizer.Exists(Model))
            yield return Missing(ModelName, Model, "has no tokenizer (tokenizer.json or tokenizer.model)", ModelHelp);
        if (!File.Exists(Reviews))
            yield return Missing(ReviewsName, Reviews, "is not there", ReviewsHelp);
        if (TestReviews is not null && !File.Exists(TestReviews))
            yield return Missing(TestReviewsName, TestReviews, "is not there", ReviewsHelp);
        if (!File.Exists(Stories))
            yield return Missing(StoriesName, Stories, "is not there", StoriesHelp);
    }

    private static string Missing(string name, string path, string problem, string help) =>
        path.Length == 0 ? $"{name} is needed; {help}." : $"{name} is '{path}', which {problem}; {help}.";
}
