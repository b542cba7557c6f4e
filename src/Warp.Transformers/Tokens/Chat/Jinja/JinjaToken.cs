namespace Warp.Transformers;

/// <summary>A part of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text; of a string literal, its value.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, int Line);

/// <summary>The kinds of parts.</summary>
internal enum JinjaTokenKind
{
    /// <summary>Text that is written as it is.</summary>
    Text,

    /// <summary>The beginning of <c>{% … %}</c>.</summary>
    StatementBegin,

    /// <summary>The beginning of <c>{{ … }}</c>.</summary>
    OutputBegin,

    /// <summary>The end of either.</summary>
    End,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A string literal.</summary>
    String,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>An operator or bracket.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    Eof,
}
