using System.CommandLine;
using Spectre.Console;
using Warp.Samples;

namespace Warp.Stories;

/// <summary>The command line: its options, and what is said of those that cannot be read.</summary>
internal static class StoriesCommand
{
    public static Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var defaults = new StoriesOptions();
        var command = new ExperimentCommand(
            "Aligns a pretrained language model with WARP: learns a sentiment reward from reviews and lets the model continue the beginnings of stories.", defaults);
        var model = new Option<string>(StoriesOptions.ModelName) { Description = "Folder of a pretrained language model in Hugging Face's layout.", HelpName = "DIR" };
        var reviews = new Option<string>(StoriesOptions.ReviewsName) { Description = "Reviews with labels, as JSON lines {\"text\", \"label\"}.", HelpName = "FILE.jsonl" };
        var testReviews = new Option<string?>(StoriesOptions.TestReviewsName) { Description = "Reviews to measure accuracy on. [default: a fifth of --reviews]", HelpName = "FILE.jsonl" };
        var stories = new Option<string>(StoriesOptions.StoriesName) { Description = "Stories, whose beginnings are the prompts.", HelpName = "FILE.txt" };
        command.Root.Add(model);
        command.Root.Add(reviews);
        command.Root.Add(testReviews);
        command.Root.Add(stories);
        command.Root.SetAction((parsed, token) => StoriesProgram.RunAsync(
            command.Read(parsed, defaults) with
            {
                Model = parsed.GetValue(model) ?? "",
                Reviews = parsed.GetValue(reviews) ?? "",
                TestReviews = parsed.GetValue(testReviews),
                Stories = parsed.GetValue(stories) ?? "",
            },
            console,
            output,
            error,
            time,
            token));
        return command.RunAsync(args, output, error, cancellationToken);
    }
}
