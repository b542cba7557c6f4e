using OpenTelemetry.Trace;

namespace Warp.Dashboard;

/// <summary>Hundreds of steps would bury the other spans.</summary>
internal sealed class NotEveryStep : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Name == "warp.step" ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
