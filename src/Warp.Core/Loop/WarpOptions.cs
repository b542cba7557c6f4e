namespace Warp;

/// <summary>The settings of <see cref="WarpLoop"/>. The defaults are the paper's (Appendix B), or ours where it says nothing.</summary>
public sealed record WarpOptions
{
    /// <summary>I in the paper: iterations, at least 1. Default 5.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>M in the paper: independent runs per iteration, at least 1. Default 2.</summary>
    public int Runs { get; init; } = 2;

    /// <summary>
    /// T in the paper: steps per run, one value per iteration; the last holds for all further ones. Default 9000, 7000, 7000, 5000, 5000.
    /// </summary>
    public IReadOnlyList<int> Steps { get; init; } = [9000, 7000, 7000, 5000, 5000];

    /// <summary>η in the paper: the share of the merge in the next start, in [0, 1], or above 1 with <see cref="AllowExtrapolation"/>. Default 0.3.</summary>
    public double Eta { get; init; } = 0.3;

    /// <summary>η of the points of the output front, from θ_sft (0) to the last merge (1). Default 0, 0.1, … 1.</summary>
    public IReadOnlyList<double> FrontEtas { get; init; } = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    /// <summary>Whether <see cref="Eta"/> and <see cref="FrontEtas"/> may go beyond 1 (paper, Fig. 10b). Default false.</summary>
    public bool AllowExtrapolation { get; init; }

    /// <summary>The seed of all training; evaluations have one of their own (<see cref="EvaluationOptions.Seed"/>). Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The settings of the runs; <see cref="ReinforceOptions.Steps"/> is moot, see <see cref="Steps"/>.</summary>
    public ReinforceOptions Reinforce { get; init; } = new();

    /// <summary>The names of the parts.</summary>
    public RunParts Parts { get; init; } = new();

    /// <summary>What the runs do differently, in order; empty (all alike, the default) or one entry per run.</summary>
    public IReadOnlyList<RunVariant> Variants { get; init; } = [];

    /// <summary>How policies are evaluated. The sampling is that of <see cref="Reinforce"/>.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    public void Validate() => OptionProblems.ThrowIfAny(Problems(), nameof(WarpOptions));

    /// <summary>T of an iteration.</summary>
    /// <param name="iteration">i, from 1.</param>
    public int StepsOf(int iteration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iteration, 1);
        return Steps[Math.Min(iteration, Steps.Count) - 1];
    }

    /// <summary>The settings of one run.</summary>
    internal (ReinforceOptions Options, RunParts Parts) RunSettings(int iteration, int run)
    {
        var variant = Variants.Count == 0 ? null : Variants[run - 1];
        return ((variant?.Reinforce ?? Reinforce) with { Steps = StepsOf(iteration) }, variant?.Parts ?? Parts);
    }

    internal IEnumerable<string> Problems()
    {
        if (Iterations < 1)
            yield return $"{nameof(Iterations)} (I) is {Iterations}; it must be at least 1";
        if (Runs < 1)
            yield return $"{nameof(Runs)} (M) is {Runs}; it must be at least 1";
        if (Steps.Count == 0)
            yield return $"{nameof(Steps)} (T) is empty; give one value per iteration, or one for all";
        for (var i = 0; i < Steps.Count; i++)
        {
            if (Steps[i] < 1)
                yield return $"{nameof(Steps)}[{i}] (T) is {Steps[i]}; it must be at least 1";
        }

        if (!IsEta(Eta))
            yield return $"{nameof(Eta)} (η) is {Eta}; {EtaRange}";
        for (var i = 0; i < FrontEtas.Count; i++)
        {
            if (!IsEta(FrontEtas[i]))
                yield return $"{nameof(FrontEtas)}[{i}] (η) is {FrontEtas[i]}; {EtaRange}";
        }

        foreach (var problem in (Reinforce with { Steps = 1 }).Problems().Within(nameof(Reinforce)))
            yield return problem;
        if (Variants.Count != 0 && Variants.Count != Runs)
            yield return $"{nameof(Variants)} has {Variants.Count} entries for {Runs} runs; give one per run, or none";
        foreach (var problem in Variants.SelectMany((v, i) => v.Reinforce is null ? [] : (v.Reinforce with { Steps = 1 }).Problems().Within($"{nameof(Variants)}[{i}].{nameof(Reinforce)}")))
            yield return problem;
        foreach (var problem in Evaluation.Problems().Within(nameof(Evaluation)))
            yield return problem;
    }

    private string EtaRange => AllowExtrapolation
        ? "it must be finite and at least 0"
        : $"it must be in [0, 1] (set {nameof(AllowExtrapolation)} to go beyond 1)";

    private bool IsEta(double eta) => double.IsFinite(eta) && eta >= 0 && (eta <= 1 || AllowExtrapolation);
}
