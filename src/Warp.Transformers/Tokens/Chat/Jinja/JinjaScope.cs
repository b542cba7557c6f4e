using System.Text;

namespace Warp.Transformers;

/// <summary>The variables of a template while it is applied. What a loop sets is gone after each turn.</summary>
internal sealed class JinjaScope
{
    private readonly JinjaScope? _outer;
    private readonly Dictionary<string, object?> _variables = new(StringComparer.Ordinal);

    /// <summary>Creates the outermost scope.</summary>
    internal JinjaScope(JinjaRun run, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        Run = run;
        foreach (var (name, value) in variables)
            _variables[name] = value;
    }

    private JinjaScope(JinjaScope outer)
    {
        Run = outer.Run;
        _outer = outer;
    }

    /// <summary>What all scopes share.</summary>
    internal JinjaRun Run { get; }

    /// <summary>A scope within this one.</summary>
    internal JinjaScope Inner() => new(this);

    /// <summary>A variable; undefined if there is none of the name.</summary>
    internal object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._variables.TryGetValue(name, out var value))
                return value;
        }

        return new JinjaUndefined(name);
    }

    /// <summary>Sets a variable of this scope.</summary>
    internal void Set(string name, object? value) => _variables[name] = value;
}

/// <summary>One application of a template: its output and what bounds it.</summary>
/// <param name="place">The template's place, for errors.</param>
/// <param name="time">What tells the date.</param>
internal sealed class JinjaRun(Place place, TimeProvider time)
{
    private const int MostSteps = 5_000_000;
    private const int LongestText = 1 << 26;
    private const int LongestList = 1 << 20;

    private int _steps;

    /// <summary>What tells the date.</summary>
    internal TimeProvider Time => time;

    /// <summary>What has been written.</summary>
    internal StringBuilder Output { get; set; } = new();

    /// <summary>Counts a step; a hostile template may loop for ever.</summary>
    internal void Step()
    {
        if (++_steps > MostSteps)
            throw Refused($"more than {MostSteps} steps");
    }

    /// <summary>A text, if it is not too long.</summary>
    internal string Bounded(string text) => text.Length <= LongestText ? text : throw Refused($"a text of more than {LongestText} characters");

    /// <summary>A list, if it is not too long.</summary>
    internal List<object?> Bounded(List<object?> list) => list.Count <= LongestList ? list : throw Refused($"a list of more than {LongestList} items");

    /// <summary>Writes a text.</summary>
    internal void Write(string text)
    {
        if (Output.Length + text.Length > LongestText)
            throw Refused($"a text of more than {LongestText} characters");
        Output.Append(text);
    }

    /// <summary>An error: the template does what is not supported, or what Jinja refuses too.</summary>
    internal TokenizerException Refused(string what) => place.Refused($"for these messages the template has {what}, which is not supported.");
}

/// <summary>The value of what is not defined: writes nothing, counts as false, and has no parts.</summary>
/// <param name="Name">Of what.</param>
internal sealed record JinjaUndefined(string Name);

/// <summary>What <c>namespace()</c> makes: variables that a loop may set for what comes after it.</summary>
internal sealed class JinjaNamespace
{
    internal Dictionary<string, object?> Variables { get; } = new(StringComparer.Ordinal);
}

/// <summary>A template calls <c>raise_exception</c>.</summary>
internal sealed class JinjaRaisedException(string message) : Exception(message);
