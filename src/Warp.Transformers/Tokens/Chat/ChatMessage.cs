namespace Warp.Transformers;

/// <summary>One message of a dialogue.</summary>
/// <param name="Role">Who speaks, as the model's template knows it: usually <c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>A message of the user.</summary>
    /// <param name="content">What is said.</param>
    public static ChatMessage User(string content) => new("user", content);

    /// <summary>A message of the model.</summary>
    /// <param name="content">What is said.</param>
    public static ChatMessage Assistant(string content) => new("assistant", content);

    /// <summary>Instructions before the dialogue. Not every model's template knows them.</summary>
    /// <param name="content">What is said.</param>
    public static ChatMessage System(string content) => new("system", content);
}
