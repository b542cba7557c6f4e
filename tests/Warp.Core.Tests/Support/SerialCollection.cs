namespace Warp.Tests;

/// <summary>Tests that change settings of the whole process, such as torch's thread count: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialCollection
{
    public const string Name = "Serial";
}
