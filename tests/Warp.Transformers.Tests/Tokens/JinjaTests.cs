using Warp.Transformers;

namespace Warp.Tests;

/// <summary>Expected texts are what Python's Jinja writes with trim_blocks and lstrip_blocks, as its documentation says.</summary>
public class JinjaTests
{
    private static readonly Place Place = new("chat_template.jinja", "");

    [Theory]
    [InlineData("{{ 1 + 2 * 3 }} {{ -7 % 3 }} {{ 7 // 2 }} {{ -7 // 2 }}", "7 2 3 -4")]
    [InlineData("{{ 'a' + 'b' ~ 1 }} {{ 'a' 'b' }}", "ab1 ab")]
    [InlineData("{{ true }} {{ None }} {{ nothing }}|", "True None |")]
    [InlineData("{{ 'x' if 0 else 'y' }}{{ 'x' if '' }}|", "y|")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 == true }} {{ 'a' == 1 }}", "True False True False")]
    [InlineData("{{ not 1 == 2 }} {{ 1 in [1, 2] }} {{ 'b' not in 'abc' }} {{ 'k' in d }}", "True True False True")]
    [InlineData("{{ '' or 'b' }} {{ 'a' and 0 }} {{ nothing or 'x' }}", "b 0 x")]
    [InlineData("{{ not nothing is defined }} {{ d is mapping and l is iterable }} {{ 3 is odd }} {{ 'a' is not none }}", "True True True True")]
    [InlineData("{{ ' a ' + ' b ' | trim + '|' }}", " a b|")]
    [InlineData("{{ l[0] }}{{ l[-1] }}{{ l[1:] | join('-') }} {{ l[::-1] | join }} {{ 'a😀b'[1] }} {{ 'a😀b' | length }}", "xzy-z zyx 😀 3")]
    [InlineData("{{ l | first }}{{ l | last }} {{ d.k }}{{ d['k'] }}{{ d.get('q', 'r') }}{{ d.q }}", "xz vvr")]
    [InlineData("{{ nothing | default('d') }} {{ '' | default('d', true) }} {{ 'aXbX'.split('X')[1] }} {{ 'a,b,c'.split(',', 1) | last }}", "d d b b,c")]
    [InlineData("{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('b') }} {{ 'xxaxx'.strip('x') }} {{ ' a '.lstrip() }}|{{ 'aXa'.replace('a', 'b') }}", "True False a a |bXb")]
    [InlineData("{{ 'hello wORLD'.title() }} {{ 'hELLO'.capitalize() }} {{ 'a' | upper }}", "Hello World Hello A")]
    [InlineData("{% for a, b in d.items() %}{{ a }}={{ b }};{% endfor %}", "k=v;")]
    [InlineData("{% for i in range(4) if i is even %}{{ loop.index }}:{{ i }}{{ ',' if not loop.last }}{% endfor %}", "1:0,2:2")]
    [InlineData("{% for i in l %}{{ loop.previtem }}{{ loop.revindex0 }}{{ loop.length }}{% endfor %}", "23x13y03")]
    [InlineData("{% for i in [] %}a{% else %}none{% endfor %}", "none")]
    [InlineData("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "02")]
    [InlineData("{% set x = 1 %}{% for i in l %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}", "2221")] // what a loop sets is gone after each turn
    [InlineData("{% set n = namespace(x=1) %}{% for i in l %}{% set n.x = n.x + 1 %}{% endfor %}{{ n.x }}", "4")]
    [InlineData("{% set n = namespace(x=1) %}{% set n.a = n %}{{ n.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.x }}", "1")] // each part is made once
    [InlineData("{% set m = 999999999 * 999999999 * 9 %}{{ l[1::m] | join }}{{ range(m - 3, m, 5) | length }}", "y1")]
    [InlineData("{% set x %}a{{ 1 }}{% endset %}{{ x }}{{ x }}", "a1a1")]
    [InlineData("{% if 0 %}a{% elif 1 %}b{% else %}c{% endif %}{# no #}{% generation %}g{% endgeneration %}", "bg")]
    [InlineData("{{ 'a\\n\\'\\u00e9\\q' }}", "a\n'é\\q")]
    [InlineData("{{ {'a': [1, (2, 3)[1]]}['a'][1] }}", "3")]
    [InlineData("{{ strftime_now('%d %b %Y') if strftime_now is defined }}", "07 Mar 2026")]
    public void Expressions_and_statements(string template, string expected) => Assert.Equal(expected, Apply(template));

    [Theory]
    [InlineData("a\n{% if 1 %}\nb\n{% endif %}\nc\n", "a\nb\nc")] // the line of a statement goes, and the last line end
    [InlineData("a\n   {% if 1 %}b{% endif %}", "a\nb")]
    [InlineData("a {% if 1 %}b{% endif %} c", "a b c")]
    [InlineData("a \n {%- if 1 -%} \n b \n {%- endif -%} \n c", "abc")]
    [InlineData("a\n  {%+ if 1 +%}\nb{% endif %}", "a\n  \nb")]
    [InlineData("a\n  {{ 1 }}\nb", "a\n  1\nb")]
    [InlineData("a\n  {{- 1 -}}\n b", "a1b")]
    [InlineData("  {# c #}\n  {% set x = 1 %}\n  {{ x }}", "  1")]
    [InlineData("{% if 1 %}\n    {% if 1 %}\n  x\n    {% endif %}\n{% endif %}\n", "  x\n")]
    [InlineData("a\r\nb\rc", "a\nb\nc")]
    public void White_space(string template, string expected) => Assert.Equal(expected, Apply(template));

    [Theory]
    [InlineData("{% macro m() %}{% endmacro %}", "line 1 of the template has the statement {% macro %}")]
    [InlineData("\n{% include 'x' %}", "line 2 of the template has the statement {% include %}")]
    [InlineData("{% for x in y recursive %}{% endfor %}", "\"recursive\" where the statement should end")]
    [InlineData("{% break %}", "the statement {% break %}")]
    [InlineData("{% if 1 %}", "its end where {% endif %} is expected")]
    [InlineData("{% endif %}", "\"%}\" without its beginning")]
    [InlineData("{{ 1.5 }}", "the number 1.5")]
    [InlineData("{{ 2 ** 3 }}", "\"**\" where the statement should end")]
    [InlineData("{{ 'a }}", "a string without its end")]
    [InlineData("{{ a", "a {{ without its end")]
    [InlineData("{# a", "a comment without its end")]
    [InlineData("{{ a ? b }}", "the character ? within a statement")]
    [InlineData("{{ l[1, 2] }}", "\",\" within brackets")]
    [InlineData("{{ }}", "\"}}\" where a value is expected")]
    public void What_is_not_known_is_refused_when_read(string template, string what) =>
        Assert.Contains(what, Assert.Throws<TokenizerException>(() => JinjaProgram.Read(Place, template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{{ l | tojson }}", "the filter \"tojson\"")]
    [InlineData("{{ lipsum() }}", "the function \"lipsum\"")]
    [InlineData("{{ l is sameas(1) }}", "the test \"sameas\"")]
    [InlineData("{{ self is defined }}", "\"self\"")]
    [InlineData("{{ joiner is defined }}", "\"joiner\"")]
    [InlineData("{{ 'a'.zfill(3) }}", "zfill(…) of text")]
    [InlineData("{{ l }}", "a list as text")]
    [InlineData("{{ 'a' + 1 }}", "text + a number")]
    [InlineData("{{ nothing.x }}", "a part of the undefined nothing")]
    [InlineData("{{ d.items }}", "the method \"items\" without a call")]
    [InlineData("{{ 'é' | upper }}", "upper of other than ASCII characters")]
    [InlineData("{{ range(1000000) }}", "a range of more than 100000 numbers")]
    [InlineData("{{ 1 % 0 }}", "a division by zero")]
    [InlineData("{{ l | join(d='') }}", "the filter join with the named argument \"d\"")]
    [InlineData("{{ strftime_now('%j') }}", "the date format %j")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "more than 5000000 steps")]
    [InlineData("{% set n = namespace(l=[1, 2]) %}{% for i in range(99) %}{% set n.l = n.l + n.l %}{% endfor %}", "a list of more than 1048576 items")]
    [InlineData("{% set n = namespace(a=[], b=[]) %}{% for i in range(99999) %}{% set n.a = [n.a] %}{% set n.b = [n.b] %}{% endfor %}{{ n.a == n.b }}", "values nested too deep")]
    [InlineData("{% set m = 999999999 * 999999999 * 9 %}{% for i in range(1 - m, m) %}{% endfor %}", "a range of more than 100000 numbers")]
    [InlineData("{% for i in range(1, 2, 0) %}{% endfor %}", "a range with the step 0")]
    [InlineData("{% set n = namespace(t='aaaaaaaa') %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}", "a text of more than 67108864 characters")]
    public void What_is_not_known_is_refused_when_reached(string template, string what)
    {
        Assert.Contains($"has {what}", Assert.Throws<TokenizerException>(() => Apply(template)).Message, StringComparison.Ordinal);
        Assert.Equal("", Apply($"{{% if false %}}{template}{{% endif %}}"));
    }

    [Fact]
    public void Nesting_without_end_is_refused_before_the_stack_is_used_up()
    {
        string[] templates =
        [
            $"{{{{ {new string('(', 100_000)}1{new string(')', 100_000)} }}}}",
            $"{{{{ {string.Join('+', Enumerable.Repeat("1", 100_000))} }}}}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 50_000)),
            $"{{{{ a{string.Concat(Enumerable.Repeat(".a", 50_000))} }}}}",
        ];
        foreach (var template in templates)
            Assert.Contains("more than 100", Assert.Throws<TokenizerException>(() => JinjaProgram.Read(Place, template)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_of_the_template_is_its_own_kind_of_error() =>
        Assert.Equal("no", Assert.Throws<JinjaRaisedException>(() => Apply("{{ raise_exception('no') }}")).Message);

    private static string Apply(string template)
    {
        var variables = new Dictionary<string, object?>
        {
            ["l"] = new List<object?> { "x", "y", "z" },
            ["d"] = new Dictionary<string, object?> { ["k"] = "v" },
        };
        return JinjaProgram.Read(Place, template).Apply(new JinjaRun(Place, new SevenMarch()), variables);
    }

    private sealed class SevenMarch : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 3, 7, 9, 5, 2, TimeSpan.Zero);
    }
}
