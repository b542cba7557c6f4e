using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>Turns a pattern of Oniguruma's dialect into one of .NET's that means the same. What is not known to mean the same is refused.</summary>
internal sealed class TokenRegexTranslator(Place place, string pattern)
{
    // Oniguruma's \w has the circled letters too and, unless it stands within a class, those six of the other numbers that Latin-1 has.
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";
    private const string Latin1Numbers = @"\u00B2\u00B3\u00B9\u00BC-\u00BE";

    private static readonly FrozenSet<string> Categories = new[]
    {
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Letters that fold to one character together: "ss" also matches "ß" when case is ignored.
    private static readonly string[] JointFolds = ["ff", "fi", "fl", "ss", "st"];

    private readonly StringBuilder _output = new();
    private readonly List<(char From, char To)> _named = [];
    private readonly Stack<(int Output, bool IgnoreCase)> _groups = new();
    private int _at;
    private int _atom = -1;
    private bool _ignoreCase;

    /// <summary>Whether the pattern names a character, other than by its category.</summary>
    internal bool Names(char character) => _named.Exists(range => character >= range.From && character <= range.To);

    /// <summary>Whether the pattern asks for words: <c>\w</c> or <c>\W</c>.</summary>
    internal bool HasWords { get; private set; }

    /// <summary>The pattern for .NET, without any option.</summary>
    internal string Translate()
    {
        while (_at < pattern.Length)
            Next();
        if (_groups.Count > 0)
            throw Refused("a group without its end");
        return _output.ToString();
    }

    private void Next()
    {
        var start = _output.Length;
        switch (pattern[_at])
        {
            case '|':
                _output.Append(pattern[_at++]);
                _atom = -1;
                return;
            case '(':
                Open();
                return;
            case ')':
                if (!_groups.TryPop(out var group))
                    throw Refused("a ) without its group");
                (_ignoreCase, _atom) = (group.IgnoreCase, group.Output);
                _output.Append(pattern[_at++]);
                return;
            case '?' or '*' or '+' or '{':
                Quantify();
                return;
            case '[':
                Class();
                break;
            case '.':
                _output.Append(pattern[_at++]);
                break;
            case '\\':
                var (text, character) = Escape();
                if (character is { } escaped)
                    Literal(escaped);
                else
                    _output.Append(text == @"\w" ? $"[{WordClass}{Latin1Numbers}]" : text == @"\W" ? $"[^{WordClass}{Latin1Numbers}]" : text);
                break;
            case '$': // The end of any line, of which only \n is one.
                _output.Append(@"(?=\n|\z)");
                (_at, _atom) = (_at + 1, -1);
                return;
            case '^':
                throw Refused("the anchor ^");
            default:
                Literal(pattern[_at++]);
                break;
        }

        _atom = start;
    }

    private void Open()
    {
        foreach (var opening in (string[])["(?:", "(?i:", "(?=", "(?!", "(?<=", "(?<!", "(?>"])
        {
            if (!Follows(opening))
                continue;
            _groups.Push((_output.Length, _ignoreCase));
            _ignoreCase |= opening == "(?i:";
            _output.Append(opening == "(?i:" ? "(?:" : opening);
            (_at, _atom) = (_at + opening.Length, -1);
            return;
        }

        if (Follows("(?"))
            throw Refused($"the group {Excerpt(4)}");
        _groups.Push((_output.Length, _ignoreCase));
        _output.Append("(?:");
        (_at, _atom) = (_at + 1, -1);
    }

    private void Quantify()
    {
        if (_atom < 0)
            throw Refused($"the quantifier {Excerpt(1)} with nothing before it");
        var from = _at;
        var counted = pattern[_at] == '{';
        if (counted)
        {
            var end = pattern.IndexOf('}', _at);
            var counts = end < 0 ? [] : pattern[(_at + 1)..end].Split(',');
            if (counts.Length is not (1 or 2) || !IsCount(counts[0]) || (counts.Length == 2 && counts[1].Length > 0 && !IsCount(counts[1])))
                throw Refused($"the quantifier {Excerpt(6)}");
            _at = end + 1;
        }
        else
        {
            _at++;
        }

        var quantifier = pattern[from.._at];
        var mode = _at < pattern.Length ? pattern[_at] : '\0';
        if (counted ? mode is '?' or '*' or '+' or '{' : mode is '*' or '{')
            throw Refused($"the quantifier {pattern[from..(_at + 1)]}");
        _output.Append(quantifier);
        if (mode is '?')
            _output.Append(mode);
        else if (mode is '+')
            _output.Insert(_atom, "(?>").Append(')'); // possessive: what it has taken, it keeps
        if (!counted && mode is '?' or '+')
            _at++;
        _atom = -1;
    }

    private void Class()
    {
        var from = _at++;
        _output.Append('[');
        if (Follows("^"))
            _output.Append(pattern[_at++]);
        if (Follows("]"))
            throw Refused("the class []");
        while (_at < pattern.Length && pattern[_at] != ']')
        {
            if (pattern[_at] == '[' || Follows("&&"))
                throw Refused($"{Excerpt(2)} within the class {pattern[from..Math.Min(_at + 2, pattern.Length)]}");
            if (ClassItem() is not { } first)
                continue;
            var last = first;
            if (Follows("-") && _at + 1 < pattern.Length && pattern[_at + 1] != ']')
            {
                _at++;
                last = ClassItem(rangeEnd: true) is { } end && end >= first ? end : throw Refused($"the class {pattern[from.._at]}");
            }

            if (_ignoreCase && (Overlaps(first, last, 'A', 'Z') || Overlaps(first, last, 'a', 'z') || last > 0x7F))
                throw Refused($"the class {pattern[from.._at]} in (?i:…)");
            _named.Add((first, last));
            _output.Append(Written(first)).Append(first == last ? "" : $"-{Written(last)}");
        }

        if (_at++ >= pattern.Length)
            throw Refused("a class without its end");
        _output.Append(']');
    }

    // A character of a class; null for a class within it, which is written at once.
    private char? ClassItem(bool rangeEnd = false)
    {
        if (pattern[_at] != '\\')
            return Named(pattern[_at++]);
        var (text, character) = Escape();
        if (character is null && (rangeEnd || text == @"\W"))
            throw Refused($"{text} within a class");
        if (character is null)
            _output.Append(text == @"\w" ? WordClass : text);
        return character;
    }

    private (string Text, char? Character) Escape()
    {
        if (_at + 1 >= pattern.Length)
            throw Refused("a \\ at the end");
        var (from, kind) = (_at, pattern[_at + 1]);
        _at += 2;
        switch (kind)
        {
            case 'n':
                return ("", '\n');
            case 'r':
                return ("", '\r');
            case 't':
                return ("", '\t');
            case 's' or 'S' or 'w' or 'W':
                HasWords |= kind is 'w' or 'W';
                return ($@"\{kind}", null);
            case 'd':
                return (@"\p{Nd}", null);
            case 'D':
                return (@"\P{Nd}", null);
            case 'u' when _at + 4 <= pattern.Length
                && ushort.TryParse(pattern.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return ("", Named((char)code));
            case 'p' or 'P' when Follows("{") && pattern.IndexOf('}', _at) is > 0 and var end && Categories.Contains(pattern[(_at + 1)..end]):
                var category = pattern[(_at + 1)..end];
                if (_ignoreCase && category is "Lu" or "Ll" or "Lt")
                    throw Refused($@"\p{{{category}}} in (?i:…)");
                _at = end + 1;
                return (pattern[from.._at], null);
            case 'p' or 'P':
                throw Refused($"the property {pattern[from..(pattern.IndexOf('}', _at) is > 0 and var until ? until + 1 : pattern.Length)]}");
            case var other when other < 0x80 && !char.IsAsciiLetterOrDigit(other):
                return ("", other);
            default:
                throw Refused($"the escape \\{kind}");
        }
    }

    private void Literal(char character)
    {
        _ = Named(character);
        if (!_ignoreCase)
        {
            _output.Append(Written(character));
            return;
        }

        if (character > 0x7F || JointFolds.Any(fold => _at < pattern.Length && fold.Equals($"{character}{pattern[_at]}", StringComparison.OrdinalIgnoreCase)))
            throw Refused($"{character}{Excerpt(1)} in (?i:…)");
        // What folds to an ASCII letter: the letter in both cases, the long s and the Kelvin sign.
        _output.Append(char.IsAsciiLetter(character)
            ? $"[{char.ToUpperInvariant(character)}{char.ToLowerInvariant(character)}{(character is 's' or 'S' ? "\u017F" : character is 'k' or 'K' ? "\u212A" : "")}]"
            : Written(character));
    }

    private char Named(char character)
    {
        if (char.IsSurrogate(character))
            throw Refused("a character beyond U+FFFF");
        _named.Add((character, character));
        return character;
    }

    private static string Written(char character) => char.IsAsciiLetterOrDigit(character) || character > 0x7F
        ? character.ToString()
        : $@"\x{((int)character).ToString("X2", CultureInfo.InvariantCulture)}";

    private static bool Overlaps(char first, char last, char from, char to) => first <= to && last >= from;

    private static bool IsCount(string text) => text.Length is > 0 and <= 4 && text.All(char.IsAsciiDigit);

    private bool Follows(string text) => string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;

    private string Excerpt(int length) => pattern.Substring(_at, Math.Min(length, pattern.Length - _at));

    private TokenizerException Refused(string construct) =>
        place.Refused($"the pattern {pattern} has {construct}, which is not supported. Supported are literals, classes, \\s \\d \\w, \\p{{…}} of general categories, groups, look-around, $ and quantifiers.");
}
