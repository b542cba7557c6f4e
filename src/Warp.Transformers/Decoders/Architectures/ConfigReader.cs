using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Warp.Transformers;

/// <summary>Reads settings of a <c>config.json</c> and collects what is wrong with them.</summary>
/// <remarks>
/// As in transformers, a setting that is left out has its default, and null is a value of its own where there is a choice.
/// </remarks>
internal sealed class ConfigReader(JsonElement file, List<string> problems, string prefix = "")
{
    /// <summary>A whole number.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="whenAbsent">What it is when the file does not say it.</param>
    /// <param name="otherKey">Another key that is understood.</param>
    internal int Whole(string key, int whenAbsent, string? otherKey = null) =>
        Find(key, otherKey) is { } value ? AsWhole(value) ?? Wrong(key, value, "a whole number", whenAbsent) : whenAbsent;

    /// <summary>A whole number or null.</summary>
    internal int? WholeOrNull(string key, int? whenAbsent)
    {
        if (Find(key) is not { } value)
            return whenAbsent;
        return value.ValueKind == JsonValueKind.Null ? null : AsWhole(value) ?? Wrong(key, value, "a whole number or null", whenAbsent);
    }

    /// <inheritdoc cref="Whole"/>
    /// <summary>A number.</summary>
    internal double Number(string key, double whenAbsent, string? otherKey = null) =>
        Find(key, otherKey) is { } value ? AsNumber(value) ?? Wrong(key, value, "a number", whenAbsent) : whenAbsent;

    /// <summary>A number or null.</summary>
    internal double? NumberOrNull(string key, double? whenAbsent = null)
    {
        if (Find(key) is not { } value)
            return whenAbsent;
        return value.ValueKind == JsonValueKind.Null ? null : AsNumber(value) ?? Wrong(key, value, "a number or null", whenAbsent);
    }

    /// <summary>True or false; null is false.</summary>
    internal bool Truth(string key, bool whenAbsent) => Find(key) is { } value
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => Wrong(key, value, "true or false", whenAbsent),
        }
        : whenAbsent;

    /// <summary>A text; null if it is absent or null.</summary>
    internal string? TextOrNull(string key)
    {
        if (Find(key) is not { } value || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string?>(key, value, "a text", whenAbsent: null);
    }

    /// <summary>The name of an activation; null if it is absent or null.</summary>
    internal MlpActivation? ActivationOrNull(string key)
    {
        if (TextOrNull(key) is not { } name)
            return null;
        foreach (var (known, activation) in MlpActivations.Names)
        {
            if (known == name)
                return activation;
        }

        problems.Add($"{prefix}{key} is '{name}', which is not implemented; known are {string.Join(", ", MlpActivations.Names.Select(n => n.Name))}");
        return null;
    }

    /// <summary>Everything about rotary positions, in the words of transformers 4 (<c>rope_scaling</c>) or 5 (<c>rope_parameters</c>).</summary>
    /// <param name="thetaKey">The key of the base in the file itself.</param>
    /// <param name="otherThetaKey">Another key that is understood.</param>
    /// <returns>The base, the scaling, and the part of each head that is rotated if that is said there.</returns>
    internal (double Theta, RopeScaling? Scaling, double? Fraction) Rope(string thetaKey, string? otherThetaKey = null)
    {
        var theta = Number(thetaKey, DecoderConfig.DefaultRopeTheta, otherThetaKey);
        // The older word counts where both are given: transformers 4 knows no other, and 5 prefers it unless it is empty.
        var key = IsGiven("rope_scaling") && !IsEmpty(Find("rope_scaling")) ? "rope_scaling" : "rope_parameters";
        if (!IsGiven(key))
            return (theta, null, null);
        var value = Find(key)!.Value;
        if (value.ValueKind != JsonValueKind.Object)
            return (theta, Wrong<RopeScaling?>(key, value, "an object or null", whenAbsent: null), null);
        if (value.EnumerateObject().Any(p => p.Value.ValueKind == JsonValueKind.Object))
        {
            problems.Add($"{key} has settings for each kind of layer, which is not implemented; give one for all");
            return (theta, null, null);
        }

        var rope = new ConfigReader(value, problems, $"{key}.");
        return (rope.NumberOrNull("rope_theta") ?? theta, rope.Scaling(), rope.NumberOrNull("partial_rotary_factor"));
    }

    /// <summary>Refuses a part of the heads: where the architecture always rotates all of it.</summary>
    internal void RefusePartialRotation(double? fraction)
    {
        if (fraction is not (null or 1))
            problems.Add($"partial_rotary_factor is {Invariant(fraction.Value)}, which is not implemented for this model_type; it must be 1");
    }

    /// <summary>Refuses a setting that changes results and is not implemented.</summary>
    internal void RefuseTrue(string key, string what)
    {
        if (Truth(key, whenAbsent: false))
            problems.Add($"{prefix}{key} is true; {what} is not implemented");
    }

    /// <summary>Whether the file says that an older version of transformers wrote it.</summary>
    internal bool IsWrittenBefore(int major, int minor) =>
        Find("transformers_version") is { ValueKind: JsonValueKind.String } text
        && text.GetString()!.Split('.') is [var first, var second, ..]
        && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var itsMajor)
        && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var itsMinor)
        && (itsMajor, itsMinor).CompareTo((major, minor)) < 0;

    /// <summary>Whether the file has the setting, and not as null.</summary>
    internal bool IsGiven(string key) => Find(key) is { ValueKind: not JsonValueKind.Null };

    private static bool IsEmpty(JsonElement? value) => value is { ValueKind: JsonValueKind.Object } given && !given.EnumerateObject().Any();

    private static double? AsNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    private static int? AsWhole(JsonElement value) =>
        AsNumber(value) is { } number && double.IsInteger(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;

    private static string Invariant(double value) => value.ToString(CultureInfo.InvariantCulture);

    private RopeScaling? Scaling() => (TextOrNull("rope_type") ?? TextOrNull("type") ?? "default") switch
    {
        "default" => null,
        "linear" => new LinearRopeScaling { Factor = Required<double>("factor", Number) },
        "llama3" => new Llama3RopeScaling
        {
            Factor = Required<double>("factor", Number),
            LowFrequencyFactor = Required<double>("low_freq_factor", Number),
            HighFrequencyFactor = Required<double>("high_freq_factor", Number),
            OriginalMaxPositions = Required<int>("original_max_position_embeddings", Whole),
        },
        var other => Unknown(other),
    };

    private RopeScaling? Unknown(string kind)
    {
        problems.Add($"{prefix}rope_type is '{kind}', which is not implemented; known are default, linear and llama3");
        return null;
    }

    private T Required<T>(string key, Func<string, T, string?, T> read)
        where T : INumber<T>
    {
        if (Find(key) is not null)
            return read(key, T.One, null);
        problems.Add($"{prefix}{key} is missing");
        return T.One;
    }

    private JsonElement? Find(string key, string? otherKey = null)
    {
        if (file.TryGetProperty(key, out var value))
            return value;
        return otherKey is not null && file.TryGetProperty(otherKey, out value) ? value : null;
    }

    private T Wrong<T>(string key, JsonElement value, string allowed, T whenAbsent)
    {
        var text = value.GetRawText();
        problems.Add($"{prefix}{key} is {(text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…")}; it must be {allowed}");
        return whenAbsent;
    }
}
