using Warp.Transformers;

namespace Warp.Stories;

/// <summary>What the reward model and the judge are worth.</summary>
/// <param name="Reviews">Reviews that the reward model learned from.</param>
/// <param name="Accuracy">Its accuracy on held-out reviews.</param>
/// <param name="JudgeReviews">Reviews that the judge learned from, none of them the reward model's.</param>
/// <param name="JudgeAccuracy">Its accuracy on the same held-out reviews.</param>
/// <param name="Loss">Mean loss of the reward model over its last steps, in nats.</param>
/// <param name="JudgeLoss">Mean loss of the judge over its last steps, in nats.</param>
internal sealed record RewardFacts(int Reviews, RewardAccuracy Accuracy, int JudgeReviews, RewardAccuracy JudgeAccuracy, double Loss, double JudgeLoss);
