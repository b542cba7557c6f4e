using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>A module whose tensors have the names that the architecture gives them, not those of its fields.</summary>
/// <remarks>Its parameters belong to the dispose scope that it is made in, until whoever makes the whole model detaches them.</remarks>
internal abstract class Part(string name) : nn.Module(name)
{
    /// <summary>Nothing: what there is has been registered by name.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}
