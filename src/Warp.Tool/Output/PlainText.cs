namespace Warp.Tool.Output;

/// <summary>Text from files that need not be trusted, made harmless for a terminal.</summary>
internal static class PlainText
{
    /// <summary>The same without line breaks and tabs too.</summary>
    internal static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));

    /// <summary>The same text with every control character but line breaks and tabs replaced, so that no escape sequence gets through.</summary>
    internal static string Of(string text) =>
        string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) && source[i] is not ('\n' or '\r' or '\t') ? '\uFFFD' : source[i];
        });
}
