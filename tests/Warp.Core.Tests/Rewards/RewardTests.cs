namespace Warp.Tests;

public sealed class RewardTests
{
    [Fact]
    public void A_value()
    {
        Reward reward = 1.5;
        Assert.Equal((true, false, 1.5, null), (reward.IsScored, reward.IsNotScorable, reward.Value, reward.Reason));
        Assert.Equal(Reward.Of(1.5), reward);
        Assert.Equal(Reward.FromDouble(1.5), reward);
    }

    [Fact]
    public void Not_scorable()
    {
        var reward = Reward.NotScorable("empty");
        Assert.Equal((false, true, 0.0, "empty"), (reward.IsScored, reward.IsNotScorable, reward.Value, reward.Reason));
    }

    [Fact]
    public void The_default_is_neither_and_no_zero()
    {
        Assert.Equal((false, false), (default(Reward).IsScored, default(Reward).IsNotScorable));
        Assert.NotEqual(Reward.Of(0), default);
    }

    [Fact]
    public void Mapping_changes_values_only()
    {
        Assert.Equal(Reward.Of(3), Reward.Of(1).Map(r => r + 2));
        Assert.Equal(Reward.NotScorable("no"), Reward.NotScorable("no").Map(r => r + 2));
        Assert.Equal(default, default(Reward).Map(r => r + 2));
    }
}
