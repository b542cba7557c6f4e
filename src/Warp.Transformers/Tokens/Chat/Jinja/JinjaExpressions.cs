using System.Globalization;

namespace Warp.Transformers;

/// <summary>An expression of a template, ready to be evaluated.</summary>
internal delegate object? JinjaExpression(JinjaScope scope);

/// <summary>Reads expressions, with the order of operators that Jinja has.</summary>
internal sealed class JinjaExpressions(JinjaTokens tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private static readonly string[] Keywords = ["and", "or", "not", "if", "else", "in", "is"];
    private static readonly string[] OtherGlobals = ["self", "dict", "lipsum", "cycler", "joiner"]; // Jinja's own, also where nobody has set them.
    private static readonly string[] DictionaryMethods =
        ["clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];

    /// <summary>A whole expression.</summary>
    internal JinjaExpression Read() => tokens.Nested(Conditional);

    /// <summary>An expression without <c>… if …</c>, such as what a loop goes through.</summary>
    internal JinjaExpression ReadUnconditional() => tokens.Nested(Or);

    private JinjaExpression Conditional()
    {
        var value = Or();
        if (!tokens.TakeName("if"))
            return value;
        var condition = tokens.Nested(Or);
        var otherwise = tokens.TakeName("else") ? Read() : _ => new JinjaUndefined("else");
        return scope => JinjaValue.IsTrue(condition(scope)) ? value(scope) : otherwise(scope);
    }

    private JinjaExpression Or() => Row(And, () => tokens.TakeName("or") ? "or" : null, (_, left, right) => scope =>
        left(scope) is var value && JinjaValue.IsTrue(value) ? value : right(scope));

    private JinjaExpression And() => Row(Not, () => tokens.TakeName("and") ? "and" : null, (_, left, right) => scope =>
        left(scope) is var value && !JinjaValue.IsTrue(value) ? value : right(scope));

    private JinjaExpression Not()
    {
        if (!tokens.TakeName("not"))
            return Comparison();
        var value = tokens.Nested(Not);
        return scope => !JinjaValue.IsTrue(value(scope));
    }

    // a < b < c is a < b and b < c, as in Python.
    private JinjaExpression Comparison()
    {
        var first = Sum();
        var rest = new List<(string Symbol, JinjaExpression Value)>();
        while (ComparisonSymbol() is { } symbol)
            rest.Add((symbol, Sum()));
        return rest.Count == 0 ? first : scope =>
        {
            var left = first(scope);
            foreach (var (symbol, value) in rest)
            {
                var right = value(scope);
                if (JinjaValue.Binary(symbol, left, right, scope.Run) is not true)
                    return false;
                left = right;
            }

            return true;
        };
    }

    private string? ComparisonSymbol()
    {
        if (tokens.Current.Kind == JinjaTokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
            return tokens.Next().Text;
        if (tokens.TakeName("in"))
            return "in";
        if (!tokens.IsName("not") || tokens.Following is not { Kind: JinjaTokenKind.Name, Text: "in" })
            return null;
        tokens.Next();
        tokens.Next();
        return "not in";
    }

    private JinjaExpression Sum() => Row(Concatenation, () => Symbol("+", "-"), Binary);

    private JinjaExpression Concatenation() => Row(Product, () => Symbol("~"), Binary);

    private JinjaExpression Product() => Row(() => Unary(), () => Symbol("*", "//", "%", "/"), Binary);

    private string? Symbol(params string[] symbols) =>
        tokens.Current.Kind == JinjaTokenKind.Operator && symbols.Contains(tokens.Current.Text) ? tokens.Next().Text : null;

    private static JinjaExpression Binary(string symbol, JinjaExpression left, JinjaExpression right) =>
        scope => JinjaValue.Binary(symbol, left(scope), right(scope), scope.Run);

    private JinjaExpression Row(Func<JinjaExpression> operand, Func<string?> symbol, Func<string, JinjaExpression, JinjaExpression, JinjaExpression> join)
    {
        var value = operand();
        for (var count = 1; symbol() is { } found; count++)
        {
            tokens.Bound(count);
            value = join(found, value, operand());
        }

        return value;
    }

    private JinjaExpression Unary(bool filters = true)
    {
        JinjaExpression value;
        if (tokens.TakeOperator("-"))
        {
            var negated = tokens.Nested(() => Unary(filters: false));
            value = scope => negated(scope) is var number && JinjaValue.Number(number) is { } magnitude
                ? -magnitude
                : throw scope.Run.Refused($"- before {JinjaValue.Kind(number)}");
        }
        else
        {
            value = Postfix(Primary());
        }

        return filters ? FiltersAndTests(value) : value;
    }

    private JinjaExpression Primary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case JinjaTokenKind.String:
                var text = tokens.Next().Text;
                while (tokens.Current.Kind == JinjaTokenKind.String)
                    text += tokens.Next().Text;
                return _ => text;
            case JinjaTokenKind.Number:
                var number = long.Parse(tokens.Next().Text, CultureInfo.InvariantCulture);
                return _ => number;
            case JinjaTokenKind.Name when !Keywords.Contains(token.Text):
                return Name(tokens.Next().Text);
            case JinjaTokenKind.Operator when tokens.TakeOperator("("):
                var inner = Read();
                if (!tokens.IsOperator(","))
                {
                    tokens.NeedOperator(")");
                    return inner;
                }

                tokens.Next();
                return List([inner, .. Sequence(")")]);
            case JinjaTokenKind.Operator when tokens.TakeOperator("["):
                return List(Sequence("]"));
            case JinjaTokenKind.Operator when tokens.TakeOperator("{"):
                return Dictionary();
            default:
                throw tokens.Unexpected("where a value is expected");
        }
    }

    private JinjaExpression Name(string name)
    {
        if (name is "true" or "True" or "false" or "False")
        {
            var flag = name is "true" or "True";
            return _ => flag;
        }

        if (name is "none" or "None")
            return _ => null;
        if (!tokens.TakeOperator("("))
        {
            return scope => scope.Get(name) is not JinjaUndefined ? scope.Get(name)
                : OtherGlobals.Contains(name) ? throw scope.Run.Refused($"\"{name}\"")
                : JinjaCalls.Function(name) is { } itself ? itself : scope.Get(name);
        }

        var (values, named) = Arguments();
        return scope => scope.Get(name) is JinjaUndefined && JinjaCalls.Function(name) is { } function
            ? function(Evaluate(values, named, $"{name}()", scope, mayName: name == "namespace"))
            : throw scope.Run.Refused($"the function \"{name}\"");
    }

    private JinjaExpression Dictionary()
    {
        var entries = new List<(JinjaExpression Key, JinjaExpression Value)>();
        while (!tokens.TakeOperator("}"))
        {
            var key = Read();
            tokens.NeedOperator(":");
            entries.Add((key, Read()));
            if (!tokens.IsOperator("}"))
                tokens.NeedOperator(",");
        }

        return scope =>
        {
            var dictionary = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var (key, value) in entries)
                dictionary[key(scope) is string name ? name : throw scope.Run.Refused("a dictionary with keys other than text")] = value(scope);
            return dictionary;
        };
    }

    private List<JinjaExpression> Sequence(string end)
    {
        var items = new List<JinjaExpression>();
        while (!tokens.TakeOperator(end))
        {
            items.Add(Read());
            if (!tokens.IsOperator(end))
                tokens.NeedOperator(",");
        }

        return items;
    }

    private static JinjaExpression List(List<JinjaExpression> items) => scope => items.Select(item => item(scope)).ToList();

    private JinjaExpression Postfix(JinjaExpression value)
    {
        for (var count = 1; ; count++)
        {
            tokens.Bound(count);
            var of = value;
            if (tokens.TakeOperator("."))
                value = Attribute(of, tokens.NeedName());
            else if (tokens.TakeOperator("["))
                value = Subscript(of);
            else
                return value;
        }
    }

    private JinjaExpression Attribute(JinjaExpression of, string name)
    {
        if (tokens.TakeOperator("("))
        {
            var (values, named) = Arguments();
            return scope => JinjaCalls.Method(of(scope), name, Evaluate(values, named, $"{name}()", scope));
        }

        return scope => AttributeOf(of(scope), name, scope);
    }

    private static object? AttributeOf(object? whole, string name, JinjaScope scope) =>
        whole switch
        {
            Dictionary<string, object?> when DictionaryMethods.Contains(name) => throw scope.Run.Refused($"the method \"{name}\" without a call"),
            Dictionary<string, object?> or JinjaNamespace or JinjaUndefined or null => JinjaValue.Part(whole, name, scope.Run),
            _ => throw scope.Run.Refused($"\"{name}\" of {JinjaValue.Kind(whole)}"),
        };

    private JinjaExpression Subscript(JinjaExpression of)
    {
        var parts = new List<JinjaExpression?>();
        var empty = true;
        while (!tokens.TakeOperator("]"))
        {
            if (tokens.TakeOperator(":"))
            {
                if (empty)
                    parts.Add(null);
                empty = true;
                if (tokens.IsOperator("]"))
                    parts.Add(null);
            }
            else if (empty)
            {
                parts.Add(Read());
                empty = false;
            }
            else
            {
                throw tokens.Unexpected("within brackets");
            }
        }

        if (parts is [{ } index])
            return scope => JinjaValue.Part(of(scope), index(scope), scope.Run);
        if (parts.Count is 0 or > 3)
            throw tokens.Unexpected("after brackets that are neither an index nor a slice");
        return scope => JinjaValue.Slice(of(scope), Bound(0, scope), Bound(1, scope), Bound(2, scope), scope.Run);

        long? Bound(int at, JinjaScope scope) => at >= parts.Count || parts[at] is not { } bound || bound(scope) is not { } value
            ? null
            : JinjaValue.Number(value) ?? throw scope.Run.Refused($"{JinjaValue.Kind(value)} as the bound of a slice");
    }

    private JinjaExpression FiltersAndTests(JinjaExpression value)
    {
        for (var count = 1; ; count++)
        {
            tokens.Bound(count);
            var of = value;
            if (tokens.TakeOperator("|"))
            {
                var name = tokens.NeedName();
                var (values, named) = tokens.TakeOperator("(") ? Arguments() : ([], []);
                value = scope => JinjaCalls.Filter(name, of(scope), Evaluate(values, named, $"the filter {name}", scope));
            }
            else if (tokens.TakeName("is"))
            {
                value = Test(of);
            }
            else
            {
                return value;
            }
        }
    }

    private JinjaExpression Test(JinjaExpression of)
    {
        var negated = tokens.TakeName("not");
        var name = tokens.Current.Kind == JinjaTokenKind.Operator && tokens.Current.Text is "==" or "!=" ? tokens.Next().Text : tokens.NeedName();
        List<JinjaExpression> values = [];
        Dictionary<string, JinjaExpression> named = [];
        if (tokens.TakeOperator("("))
            (values, named) = Arguments();
        else if (tokens.Current.Kind is JinjaTokenKind.String or JinjaTokenKind.Number || tokens.IsOperator("[")
            || (tokens.Current.Kind == JinjaTokenKind.Name && tokens.Current.Text is not ("else" or "or" or "and" or "is" or "if" or "in" or "not")))
            values = [Postfix(Primary())];
        return scope => JinjaCalls.Test(name, of(scope), Evaluate(values, named, $"the test {name}", scope)) != negated;
    }

    private (List<JinjaExpression> Values, Dictionary<string, JinjaExpression> Named) Arguments()
    {
        var (values, named) = (new List<JinjaExpression>(), new Dictionary<string, JinjaExpression>(StringComparer.Ordinal));
        while (!tokens.TakeOperator(")"))
        {
            if (tokens.Current.Kind == JinjaTokenKind.Name && tokens.Following is { Kind: JinjaTokenKind.Operator, Text: "=" })
            {
                var name = tokens.Next().Text;
                tokens.Next();
                named[name] = Read();
            }
            else
            {
                values.Add(named.Count == 0 ? Read() : throw tokens.Unexpected("after a named argument"));
            }

            if (!tokens.IsOperator(")"))
                tokens.NeedOperator(",");
        }

        return (values, named);
    }

    private static JinjaArguments Evaluate(
        List<JinjaExpression> values, Dictionary<string, JinjaExpression> named, string what, JinjaScope scope, bool mayName = false)
    {
        scope.Run.Step();
        if (named.Count > 0 && !mayName)
            throw scope.Run.Refused($"{what} with the named argument \"{named.Keys.First()}\"");
        return new(values.ConvertAll(value => value(scope)), named.ToDictionary(entry => entry.Key, entry => entry.Value(scope), StringComparer.Ordinal), what, scope.Run);
    }
}
