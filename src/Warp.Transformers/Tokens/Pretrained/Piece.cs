namespace Warp.Transformers;

/// <summary>A part of a text on its way to the ids.</summary>
/// <param name="Text">The characters; never empty.</param>
/// <param name="AtStart">Whether the text begins with it.</param>
internal readonly record struct Piece(string Text, bool AtStart);
