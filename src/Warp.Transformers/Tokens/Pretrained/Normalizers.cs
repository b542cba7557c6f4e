using System.Text;

namespace Warp.Transformers;

/// <summary>The <c>normalizer</c> of a tokenizer file.</summary>
internal static class Normalizers
{
    private const string Supported = "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD and Lowercase are supported";

    /// <summary>Reads it; no setting leaves the text as it is.</summary>
    internal static Func<string, string> Read(Setting? setting)
    {
        if (setting is not { } normalizer)
            return text => text;
        var type = normalizer.Need("type");
        switch (type.Text())
        {
            case "Sequence":
                var steps = normalizer.Need("normalizers").Items().Select(step => Read(step)).ToArray();
                return text => steps.Aggregate(text, (current, step) => step(current));
            case "Prepend":
                var prefix = normalizer.Need("prepend").Text();
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                var (matches, content) = (TextPattern.Read(normalizer.Need("pattern")), normalizer.Need("content").Text());
                return text => TextPattern.Replace(text, matches(text), content);
            case "NFC":
                return CanonicalForm.Compose;
            case "NFD":
                return CanonicalForm.Decompose;
            case "NFKC":
                return Compatibility(type, NormalizationForm.FormKC);
            case "NFKD":
                return Compatibility(type, NormalizationForm.FormKD);
            case "Lowercase":
                return Lowercase;
            default:
                throw type.Refused($"the normalizer {type.Shown()} is not supported; {Supported}.");
        }
    }

    // Every character by itself, without a look at its neighbours. Of the characters alone, only İ becomes two.
    private static string Lowercase(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == 0x130)
                lower.Append("i\u0307");
            else
                lower.Append(Rune.ToLowerInvariant(rune).ToString());
        }

        return lower.ToString();
    }

    private static Func<string, string> Compatibility(Setting type, NormalizationForm form)
    {
        // Where globalization is invariant, the runtime leaves text as it is and says nothing.
        if ("\uFB01".Normalize(NormalizationForm.FormKC) != "fi")
        {
            throw type.Refused(
                $"the normalizer {type.Shown()} needs the runtime's Unicode data, which this program does without; set InvariantGlobalization to false in its project "
                + "and have ICU installed.");
        }

        return text => text.Normalize(form);
    }
}
