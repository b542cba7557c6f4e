using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>Divides a template into its parts, with the white space rules that transformers sets (trim_blocks and lstrip_blocks).</summary>
internal sealed class JinjaLexer
{
    private static readonly string[] Operators =
    [
        "==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|",
    ];

    private readonly List<JinjaToken> _tokens = [];
    private readonly Place _place;
    private readonly string _source;
    private int _at;
    private int _counted;
    private int _line = 1;
    private bool _lineStarting = true;

    private JinjaLexer(Place place, string source)
    {
        _place = place;
        var lines = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = lines.EndsWith('\n') ? lines[..^1] : lines;
    }

    internal static List<JinjaToken> Read(Place place, string source)
    {
        var lexer = new JinjaLexer(place, source);
        while (lexer._at < lexer._source.Length)
            lexer.ReadText();
        lexer.Add(JinjaTokenKind.Eof, "");
        return lexer._tokens;
    }

    /// <summary>Python's white space: .NET's, and four separators.</summary>
    internal static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';

    private void ReadText()
    {
        var open = NextOpening();
        var end = open < 0 ? _source.Length : open;
        var text = _source[_at..end];
        if (open < 0)
        {
            AddText(text);
            _at = end;
            return;
        }

        var kind = _source[open + 1];
        var sign = open + 2 < _source.Length ? _source[open + 2] : '\0';
        if (sign == '-')
            text = text[..(text.Length - text.Reverse().TakeWhile(IsSpace).Count())];
        else if (sign != '+' && kind != '{' && text.LastIndexOf('\n') + 1 is var line && (line > 0 || _lineStarting) && text.Skip(line).All(IsSpace))
            text = text[..line]; // Nothing but white space stands before it on its line.
        AddText(text);
        _at = open + (sign is '-' or '+' ? 3 : 2);
        if (kind == '#')
            SkipComment();
        else
            ReadInside(kind == '{' ? JinjaTokenKind.OutputBegin : JinjaTokenKind.StatementBegin, kind == '{' ? "}}" : "%}");
    }

    private int NextOpening()
    {
        for (var at = _source.IndexOf('{', _at); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#')
                return at;
        }

        return -1;
    }

    private void SkipComment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw Refused("a comment without its end");
        var sign = end > _at ? _source[end - 1] : '\0';
        _at = end;
        Close("#}", sign);
    }

    private void ReadInside(JinjaTokenKind kind, string closing)
    {
        Add(kind, closing);
        var brackets = 0;
        while (true)
        {
            while (_at < _source.Length && IsSpace(_source[_at]))
                _at++;
            if (_at >= _source.Length)
                throw Refused($"a {(kind == JinjaTokenKind.OutputBegin ? "{{" : "{%")} without its end");
            var signed = _source[_at] is '-' or '+' && Follows(closing, _at + 1);
            if (brackets == 0 && (signed || Follows(closing, _at)))
            {
                var sign = signed ? _source[_at] : '\0';
                if (sign == '+' && closing == "}}")
                    throw Refused("+}}");
                Add(JinjaTokenKind.End, closing);
                _at += signed ? 1 : 0;
                Close(closing, sign);
                return;
            }

            ReadToken(ref brackets);
        }
    }

    // Behind what closes: "-" takes all white space, and otherwise a statement or comment takes the end of its line.
    private void Close(string closing, char sign)
    {
        _at += closing.Length;
        var from = _at;
        if (sign == '-')
        {
            while (_at < _source.Length && IsSpace(_source[_at]))
                _at++;
        }
        else if (sign != '+' && closing != "}}" && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }

        _lineStarting = _at > from && _source[_at - 1] == '\n';
    }

    private void ReadToken(ref int brackets)
    {
        var (from, first) = (_at, _source[_at]);
        if (first is '\'' or '"')
        {
            ReadString(first);
        }
        else if (char.IsAsciiLetter(first) || first == '_')
        {
            while (_at < _source.Length && (char.IsAsciiLetterOrDigit(_source[_at]) || _source[_at] == '_'))
                _at++;
            _tokens.Add(new(JinjaTokenKind.Name, _source[from.._at], Line(from)));
        }
        else if (char.IsAsciiDigit(first))
        {
            while (_at < _source.Length && (char.IsAsciiLetterOrDigit(_source[_at]) || _source[_at] is '_' or '.'))
                _at++;
            var number = _source[from.._at];
            if (number.Length > 9 || !number.All(char.IsAsciiDigit))
                throw Refused($"the number {number}; whole numbers of at most 9 digits are supported");
            _tokens.Add(new(JinjaTokenKind.Number, number, Line(from)));
        }
        else
        {
            var symbol = Array.Find(Operators, symbol => Follows(symbol, _at)) ?? throw Refused($"the character {Rune.GetRuneAt(_source, _at)} within a statement");
            brackets += symbol is "(" or "[" or "{" ? 1 : symbol is ")" or "]" or "}" ? -1 : 0;
            Add(JinjaTokenKind.Operator, symbol);
            _at += symbol.Length;
        }
    }

    private void ReadString(char quote)
    {
        var (from, value) = (_at++, new StringBuilder());
        while (_at < _source.Length && _source[_at] != quote)
        {
            if (_source[_at] != '\\')
                value.Append(_source[_at++]);
            else
                ReadEscape(value);
        }

        if (_at++ >= _source.Length)
            throw Refused("a string without its end");
        _tokens.Add(new(JinjaTokenKind.String, value.ToString(), Line(from)));
    }

    // Python's escapes.
    private void ReadEscape(StringBuilder value)
    {
        var kind = _at + 1 < _source.Length ? _source[_at + 1] : throw Refused("a string without its end");
        _at += 2;
        if (kind is 'u' or 'x')
        {
            var digits = kind == 'u' ? 4 : 2;
            if (_at + digits > _source.Length
                || !ushort.TryParse(_source.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                throw Refused($"the escape \\{kind}");
            _at += digits;
            value.Append((char)code);
            return;
        }

        if (char.IsAsciiDigit(kind) || kind is 'N' or 'U')
            throw Refused($"the escape \\{kind}");
        value.Append(kind switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\n' => "",
            '\\' or '\'' or '"' => kind.ToString(),
            _ => $"\\{kind}",
        });
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
            Add(JinjaTokenKind.Text, text);
    }

    private void Add(JinjaTokenKind kind, string text) => _tokens.Add(new(kind, text, Line(_at)));

    private bool Follows(string text, int at) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;

    private int Line(int at)
    {
        if (at < _counted)
            (_counted, _line) = (0, 1);
        _line += _source.AsSpan(_counted, Math.Min(at, _source.Length) - _counted).Count('\n');
        _counted = Math.Min(at, _source.Length);
        return _line;
    }

    private TokenizerException Refused(string what) => _place.Refused($"line {Line(_at)} of the template has {what}, which is not supported.");
}
