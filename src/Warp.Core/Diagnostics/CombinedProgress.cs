namespace Warp;

/// <summary>Tells several of the same: a display, a file of metrics and TensorBoard, for instance.</summary>
/// <typeparam name="T">What is told.</typeparam>
/// <param name="receivers">Who is told, in this order, on the thread of whoever reports.</param>
public sealed class CombinedProgress<T>(params IReadOnlyList<IProgress<T>> receivers) : IProgress<T>
{
    private readonly IReadOnlyList<IProgress<T>> _receivers = receivers ?? throw new ArgumentNullException(nameof(receivers));

    /// <inheritdoc/>
    public void Report(T value)
    {
        foreach (var receiver in _receivers)
            receiver.Report(value);
    }
}
