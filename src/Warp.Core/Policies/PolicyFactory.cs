namespace Warp;

internal static class PolicyFactory
{
    /// <summary>A new policy with the given weights.</summary>
    internal static IPolicy At(Func<IPolicy> create, ParameterSet weights)
    {
        var policy = create() ?? throw new InvalidOperationException("The policy factory returned null; it must make a new policy each time.");
        try
        {
            policy.Weights.CopyFrom(weights);
            return policy;
        }
        catch
        {
            policy.Dispose();
            throw;
        }
    }
}
