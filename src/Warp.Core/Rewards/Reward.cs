using System.Globalization;

namespace Warp;

/// <summary>What a reward model says of one completion: a value, or that it cannot be scored.</summary>
/// <remarks>The default value is neither, so that a forgotten entry is noticed.</remarks>
public readonly record struct Reward
{
    private readonly State _state;

    private Reward(State state, double value, string? reason)
    {
        _state = state;
        Value = value;
        Reason = reason;
    }

    private enum State
    {
        Missing,
        Scored,
        NotScorable,
    }

    /// <summary>The reward, in the model's own unit; larger is better. 0 if there is none.</summary>
    public double Value { get; }

    /// <summary>Why the completion cannot be scored; null if it was.</summary>
    public string? Reason { get; }

    /// <summary>Whether there is a value.</summary>
    public bool IsScored => _state == State.Scored;

    /// <summary>Whether the model declined; the completion is then left out of the batch and counted.</summary>
    public bool IsNotScorable => _state == State.NotScorable;

    /// <summary>A reward.</summary>
    /// <param name="value">Must be finite when it is used; a NaN or infinite one is an error that names the completion.</param>
    public static Reward Of(double value) => new(State.Scored, value, null);

    /// <summary>The completion cannot be scored.</summary>
    /// <param name="reason">Why, in words.</param>
    public static Reward NotScorable(string reason) => new(State.NotScorable, 0, reason);

    /// <summary>A reward.</summary>
    public static implicit operator Reward(double value) => Of(value);

    /// <summary>A reward.</summary>
    public static Reward FromDouble(double value) => Of(value);

    /// <summary>The value, or why there is none.</summary>
    public override string ToString() => _state switch
    {
        State.Scored => Value.ToString("0.######", CultureInfo.InvariantCulture),
        State.NotScorable => $"not scorable: {Reason}",
        _ => "missing",
    };

    /// <summary>The same decision with another value; a completion that cannot be scored stays so.</summary>
    internal Reward Map(Func<double, double> change) => IsScored ? Of(change(Value)) : this;
}
