namespace Warp;

/// <summary>Messages of the system, which may end without a full stop, inside ours.</summary>
internal static class Sentence
{
    internal static string Of(string message) => message.TrimEnd() is var text && text.EndsWith('.') ? text : text + ".";
}
