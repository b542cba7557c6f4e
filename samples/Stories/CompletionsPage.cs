using System.Text;
using Warp.Samples;
using Warp.Transformers;

namespace Warp.Stories;

/// <summary>Writes a page of completions: the same beginnings, told by policies at several points of the front.</summary>
internal static class CompletionsPage
{
    private const int Prompts = 8;
    private const int Points = 4;

    public static void Save(string path, ExperimentResult result, Preparation preparation) =>
        File.WriteAllText(path, Write(result, rollouts => (Scores(preparation.Reward, preparation.Policy, rollouts), Scores(preparation.Judge, preparation.Policy, rollouts)), preparation.Policy.Tokenizer));

    internal static string Write(ExperimentResult result, Func<IReadOnlyList<Rollout>, (double[] Reward, double[] Judge)> score, ITokenizer tokenizer)
    {
        var points = Choose([.. result.Of(Names.Warp, result.Settings.Iterations).OrderBy(m => m.Kl.Mean)]);
        var page = new StringBuilder();
        page.Append("# Completions along the front\n\n")
            .Append("The same held-out beginnings (in bold), continued by policies at several points of the WARP front: η = 0 is the pretrained model, η = 1 the merge of the last iteration. ")
            .Append("The samples are the first of the evaluation, not chosen. ")
            .Append(result.Plan.Words.Unit).Append("\n\n| η | KL (nats) | reward | judge | cut off | tokens |\n|---|---|---|---|---|---|\n");
        foreach (var m in points)
        {
            page.Append("| ").AppendJoin(
                " | ",
                Names.Eta(m.Eta!.Value),
                Numbers.Text(m.Kl),
                Numbers.Text(m.Reward),
                Numbers.Text(m.Judge),
                FormattableString.Invariant($"{m.Evaluation.Rollouts.Average(r => r.Completion.IsTruncated ? 1.0 : 0):0 %}"),
                Numbers.Text(m.Evaluation.Length.Mean, 1)).Append(" |\n");
        }

        for (var prompt = 0; prompt < Math.Min(Prompts, points[0].Evaluation.Rollouts.Count); prompt++)
        {
            var rollouts = points.Select(m => m.Evaluation.Rollouts[prompt]).ToList();
            var (reward, judge) = score(rollouts);
            page.Append(FormattableString.Invariant($"\n## {prompt + 1}\n\n"));
            for (var i = 0; i < points.Count; i++)
            {
                page.Append("- η = ").Append(Names.Eta(points[i].Eta!.Value)).Append(", reward ").Append(Numbers.Text(reward[i])).Append(", judge ").Append(Numbers.Text(judge[i])).Append(": ")
                    .Append(Told(rollouts[i], tokenizer)).Append('\n');
            }
        }

        return page.ToString();
    }

    /// <summary>Of many points a few, evenly over their order, the ends among them.</summary>
    internal static IReadOnlyList<T> Choose<T>(IReadOnlyList<T> points) => points.Count <= Points
        ? points
        : [.. Enumerable.Range(0, Points).Select(i => points[i * (points.Count - 1) / (Points - 1)])];

    private static string Told(Rollout rollout, ITokenizer tokenizer)
    {
        var whole = tokenizer.Text(rollout);
        var prompt = rollout.Prompt.Text;
        var (before, after) = whole.StartsWith(prompt, StringComparison.Ordinal) ? (prompt, whole[prompt.Length..]) : (prompt, rollout.Completion.Text);
        // Markup must not touch spaces.
        return $"**{Plain(before.TrimEnd())}**{(before.EndsWith(' ') || after.StartsWith(' ') ? " " : "")}{Plain(after.Trim())}{(rollout.Completion.IsTruncated ? " …" : " ∎")}";
    }

    /// <summary>A text in one line of Markdown, without markup.</summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsControl(c))
                plain.Append(plain.Length > 0 && plain[^1] == ' ' ? "" : " ");
            else
                plain.Append(c is '*' or '_' or '`' or '<' or '>' or '[' or ']' or '\\' or '|' or '#' or '&' ? $"\\{c}" : c.ToString());
        }

        return plain.ToString();
    }

    private static double[] Scores(SequenceClassifierRewardModel model, CausalLmPolicy policy, IReadOnlyList<Rollout> rollouts) =>
        [.. model.Score([.. rollouts.Select(policy.Tokenizer.Text)]).Select(r => r.Value)];
}
