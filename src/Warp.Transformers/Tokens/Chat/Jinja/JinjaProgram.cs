namespace Warp.Transformers;

/// <summary>
/// A template, ready to be applied: the part of Jinja that chat templates use, as transformers sets it up. Every statement and operator that is not
/// known is refused when the template is read; every function, filter, test and method when it is reached.
/// </summary>
internal sealed class JinjaProgram
{
    private const int LongestSource = 1 << 20;

    private readonly JinjaTokens _tokens;
    private readonly JinjaExpressions _expressions;
    private readonly Statement _body;
    private int _loops;

    private JinjaProgram(Place place, string source)
    {
        if (source.Length > LongestSource)
            throw place.Refused($"the template has {source.Length} characters; at most {LongestSource} are read.");
        _tokens = new(place, JinjaLexer.Read(place, source));
        _expressions = new(_tokens);
        _body = Block();
        if (_tokens.Current.Kind != JinjaTokenKind.Eof)
            throw _tokens.Unexpected("without its beginning");
    }

    // Applies a statement.
    private delegate Flow Statement(JinjaScope scope);

    // How a loop goes on.
    private enum Flow
    {
        Next,
        Continue,
        Break,
    }

    /// <summary>Reads a template.</summary>
    /// <exception cref="TokenizerException">It is malformed, or something in it is not supported.</exception>
    internal static JinjaProgram Read(Place place, string source) => new(place, source);

    /// <summary>Applies it.</summary>
    /// <exception cref="JinjaRaisedException">It refuses the variables.</exception>
    /// <exception cref="TokenizerException">It reaches something that is not supported.</exception>
    internal string Apply(JinjaRun run, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        try
        {
            _body(new JinjaScope(run, variables));
        }
        catch (InsufficientExecutionStackException)
        {
            throw run.Refused("values nested too deep to compare");
        }

        return run.Output.ToString();
    }

    // Statements up to one of those that end a block, which is not taken.
    private Statement Block()
    {
        var statements = new List<Statement>();
        while (true)
        {
            switch (_tokens.Current.Kind)
            {
                case JinjaTokenKind.Eof:
                    return All(statements);
                case JinjaTokenKind.Text:
                    var text = _tokens.Next().Text;
                    statements.Add(scope => Write(scope, text));
                    break;
                case JinjaTokenKind.OutputBegin:
                    _tokens.Next();
                    var value = _expressions.Read();
                    _tokens.NeedEnd();
                    statements.Add(scope => Write(scope, JinjaValue.Text(value(scope), scope.Run)));
                    break;
                default:
                    if (_tokens.Following is { Kind: JinjaTokenKind.Name, Text: "elif" or "else" or "endif" or "endfor" or "endset" or "endgeneration" })
                        return All(statements);
                    _tokens.Next();
                    statements.Add(_tokens.Nested(Tag));
                    break;
            }
        }
    }

    private static Statement All(List<Statement> statements) => scope =>
    {
        foreach (var statement in statements)
        {
            scope.Run.Step();
            if (statement(scope) is var flow and not Flow.Next)
                return flow;
        }

        return Flow.Next;
    };

    private static Flow Write(JinjaScope scope, string text)
    {
        scope.Run.Write(text);
        return Flow.Next;
    }

    private Statement Tag()
    {
        var name = _tokens.Current.Kind == JinjaTokenKind.Name ? _tokens.Current.Text : "";
        switch (name)
        {
            case "if":
                return If();
            case "for":
                return For();
            case "set":
                return Set();
            case "generation": // transformers' own: marks what the model says, for training
                _tokens.Next();
                _tokens.NeedEnd();
                var body = Block();
                NeedClosing("endgeneration");
                return body;
            case "break" or "continue" when _loops > 0:
                _tokens.Next();
                _tokens.NeedEnd();
                var flow = name == "break" ? Flow.Break : Flow.Continue;
                return _ => flow;
            default:
                throw _tokens.Refused($"the statement {{% {_tokens.Current.Text} %}}");
        }
    }

    private Statement If()
    {
        var branches = new List<(JinjaExpression Condition, Statement Body)>();
        do
        {
            _tokens.Next(); // if, elif
            var condition = _expressions.Read();
            _tokens.NeedEnd();
            branches.Add((condition, Block()));
        }
        while (TakeOpening("elif", take: false));

        Statement otherwise = _ => Flow.Next;
        if (TakeOpening("else", take: true))
        {
            _tokens.NeedEnd();
            otherwise = Block();
        }

        NeedClosing("endif");
        return scope =>
        {
            foreach (var (condition, body) in branches)
            {
                if (JinjaValue.IsTrue(condition(scope)))
                    return body(scope);
            }

            return otherwise(scope);
        };
    }

    private Statement For()
    {
        _tokens.Next();
        var names = new List<string> { _tokens.NeedName() };
        while (_tokens.TakeOperator(","))
            names.Add(_tokens.NeedName());
        if (!_tokens.TakeName("in"))
            throw _tokens.Unexpected("where \"in\" is expected");
        var items = _expressions.ReadUnconditional();
        var filter = _tokens.TakeName("if") ? _expressions.Read() : null;
        _tokens.NeedEnd();
        _loops++;
        var body = Block();
        _loops--;
        Statement otherwise = _ => Flow.Next;
        if (TakeOpening("else", take: true))
        {
            _tokens.NeedEnd();
            otherwise = Block();
        }

        NeedClosing("endfor");
        return scope => Loop(scope, names, JinjaValue.Items(items(scope), scope.Run), filter, body, otherwise);
    }

    private static Flow Loop(
        JinjaScope scope, List<string> names, List<object?> items, JinjaExpression? filter, Statement body, Statement otherwise)
    {
        if (filter is not null)
        {
            items = items.FindAll(item =>
            {
                scope.Run.Step();
                var turn = scope.Inner();
                Assign(turn, names, item);
                return JinjaValue.IsTrue(filter(turn));
            });
        }

        for (var at = 0; at < items.Count; at++)
        {
            scope.Run.Step();
            var turn = scope.Inner();
            Assign(turn, names, items[at]);
            turn.Set("loop", new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["index"] = at + 1L,
                ["index0"] = (long)at,
                ["revindex"] = (long)items.Count - at,
                ["revindex0"] = items.Count - at - 1L,
                ["first"] = at == 0,
                ["last"] = at == items.Count - 1,
                ["length"] = (long)items.Count,
                ["previtem"] = at > 0 ? items[at - 1] : new JinjaUndefined("previtem"),
                ["nextitem"] = at < items.Count - 1 ? items[at + 1] : new JinjaUndefined("nextitem"),
            });
            if (body(turn) == Flow.Break)
                break;
        }

        return items.Count == 0 ? otherwise(scope) : Flow.Next;
    }

    private static void Assign(JinjaScope scope, List<string> names, object? item)
    {
        if (names.Count == 1)
        {
            scope.Set(names[0], item);
            return;
        }

        if (JinjaValue.Items(item, scope.Run) is not { } parts || parts.Count != names.Count)
            throw scope.Run.Refused($"a loop over {names.Count} variables at once of {JinjaValue.Kind(item)}");
        for (var at = 0; at < names.Count; at++)
            scope.Set(names[at], parts[at]);
    }

    private Statement Set()
    {
        _tokens.Next();
        var name = _tokens.NeedName();
        var field = _tokens.TakeOperator(".") ? _tokens.NeedName() : null;
        if (_tokens.TakeOperator("="))
        {
            var value = _expressions.Read();
            _tokens.NeedEnd();
            return scope => Put(scope, name, field, value(scope));
        }

        _tokens.NeedEnd();
        var body = Block();
        NeedClosing("endset");
        return scope =>
        {
            var outer = scope.Run.Output;
            scope.Run.Output = new();
            var flow = body(scope.Inner());
            var text = scope.Run.Output.ToString();
            scope.Run.Output = outer;
            return flow == Flow.Next ? Put(scope, name, field, text) : throw scope.Run.Refused("a break out of {% set %}");
        };
    }

    private static Flow Put(JinjaScope scope, string name, string? field, object? value)
    {
        if (field is null)
            scope.Set(name, value);
        else if (scope.Get(name) is JinjaNamespace space)
            space.Variables[field] = value;
        else
            throw scope.Run.Refused($"{{% set {name}.{field} %}} of {JinjaValue.Kind(scope.Get(name))}");
        return Flow.Next;
    }

    // Takes {% and, if asked for, the name.
    private bool TakeOpening(string name, bool take)
    {
        if (_tokens.Current.Kind != JinjaTokenKind.StatementBegin || _tokens.Following is not { Kind: JinjaTokenKind.Name } following || following.Text != name)
            return false;
        _tokens.Next();
        if (take)
            _tokens.Next();
        return true;
    }

    private void NeedClosing(string name)
    {
        if (!TakeOpening(name, take: true))
            throw _tokens.Unexpected($"where {{% {name} %}} is expected");
        _tokens.NeedEnd();
    }
}
