namespace Warp.Transformers;

/// <summary>The parts of a template, one after the other, with what bounds how deep they may nest.</summary>
/// <param name="place">The template's place, for errors.</param>
/// <param name="tokens">The parts; the last is the end.</param>
internal sealed class JinjaTokens(Place place, IReadOnlyList<JinjaToken> tokens)
{
    private const int Deepest = 100; // Of nesting, and of operators in a row: both become nested calls.
    private int _at;
    private int _depth;

    internal JinjaToken Current => tokens[_at];

    internal JinjaToken Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    internal JinjaToken Next() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    internal bool Is(JinjaTokenKind kind, string text) => Current.Kind == kind && Current.Text == text;

    internal bool IsOperator(string symbol) => Is(JinjaTokenKind.Operator, symbol);

    internal bool IsName(string name) => Is(JinjaTokenKind.Name, name);

    /// <summary>Takes a part if it is the one named.</summary>
    internal bool Take(JinjaTokenKind kind, string text)
    {
        var found = Is(kind, text);
        if (found)
            Next();
        return found;
    }

    internal bool TakeOperator(string symbol) => Take(JinjaTokenKind.Operator, symbol);

    internal bool TakeName(string name) => Take(JinjaTokenKind.Name, name);

    internal void NeedOperator(string symbol)
    {
        if (!TakeOperator(symbol))
            throw Unexpected($"where {symbol} is expected");
    }

    internal void NeedEnd()
    {
        if (Current.Kind != JinjaTokenKind.End)
            throw Unexpected("where the statement should end");
        Next();
    }

    internal string NeedName() => Current.Kind == JinjaTokenKind.Name ? Next().Text : throw Unexpected("where a name is expected");

    /// <summary>Reads something that may contain its like.</summary>
    internal T Nested<T>(Func<T> read)
    {
        if (++_depth > Deepest)
            throw Refused($"more than {Deepest} levels");
        var result = read();
        _depth--;
        return result;
    }

    /// <summary>Refuses too many operators in a row.</summary>
    internal void Bound(int operators)
    {
        if (operators > Deepest)
            throw Refused($"more than {Deepest} operators in a row");
    }

    internal TokenizerException Unexpected(string where) =>
        Refused(Current.Kind == JinjaTokenKind.Eof ? $"its end {where}" : $"\"{(Current.Text.Length <= 40 ? Current.Text : $"{Current.Text.AsSpan(0, 40)}…")}\" {where}");

    internal TokenizerException Refused(string what) => place.Refused($"line {Current.Line} of the template has {what}, which is not supported.");
}
