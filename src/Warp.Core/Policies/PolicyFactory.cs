namespace Warp;

internal static class PolicyFactory
{
    /// <summary>A new policy with the given weights.</summary>
    internal static IPolicy At(Func<IPolicy> create, ParameterSet weights)
    {
        var policy = create() ?? throw new InvalidOperationException("The policy factory returned null; it must make a new policy each time.");
        try
        {
            policy.Weights.CopyFrom(weights, "the policy of the catalog", "the weights given");
            return policy;
        }
        catch
        {
            policy.Dispose();
            throw;
        }
    }
}
