using Warp.Transformers;

namespace Warp.Samples;

/// <summary>What an experiment is made of.</summary>
/// <param name="Sft">θ_sft; stays the sample's.</param>
/// <param name="Catalog">Policies, rewards and prompts. One reward has a name: the judge, which training never sees.</param>
/// <param name="Settings">The settings of WARP and, with another anchor and β, of the baselines.</param>
/// <param name="Words">What results are called.</param>
/// <param name="Stages">What it took to prepare.</param>
internal sealed record ExperimentPlan(CausalLmPolicy Sft, PartCatalog Catalog, WarpOptions Settings, ExperimentWords Words, IReadOnlyList<Stage> Stages);

/// <summary>Wall-clock time and generated or learnt tokens of a stage.</summary>
internal sealed record Stage(string Name, double Seconds, long Tokens);
