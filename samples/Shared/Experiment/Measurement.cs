namespace Warp.Samples;

/// <summary>One evaluated policy: a row of <c>front.csv</c>.</summary>
/// <param name="Method">How the policy was made.</param>
/// <param name="Iteration">The iteration of WARP, from 1; 0 for what lies outside the loop.</param>
/// <param name="Eta">η of an interpolation; null for what is none.</param>
/// <param name="Run">The run, from 1, of a point on a training trajectory; otherwise 0.</param>
/// <param name="Step">The step of a point on a training trajectory; otherwise 0.</param>
/// <param name="Evaluation">What was measured on the held-out prompts.</param>
internal sealed record Measurement(string Method, int Iteration, double? Eta, int Run, int Step, PolicyEvaluation Evaluation)
{
    public Estimate Kl => Evaluation.Kl;

    public Estimate Reward => Evaluation.Reward;

    /// <summary>The score that training never sees.</summary>
    public Estimate Judge => Evaluation.OtherRewards.Single().Value;

    public static Measurement Of(string method, int iteration, PolicyEvaluation evaluation, double? eta = null) => new(method, iteration, eta, 0, 0, evaluation);

    public static IEnumerable<Measurement> Trajectory(string method, int iteration, int run, ReinforceReport report) =>
        report.Evaluations.Select(e => new Measurement(method, iteration, null, run, e.Step, e.Evaluation));
}
