using EdgeProxy.Lanes;

namespace EdgeProxy.Configuration;

/// <summary>Reads Bots:n:Lanes. The ranges keep out what cannot be meant; whoever asks for more than Telegram grants meets 429s and is slowed.</summary>
internal static class LaneReader
{
    private static readonly LaneSettings Default = new();

    public static LaneSettings Read(ConfigNode bot)
    {
        ConfigNode node = bot.Node("Lanes");
        var settings = new LaneSettings
        {
            PrivatePerSecond = node.Number("PrivatePerSecond", Default.PrivatePerSecond, 0.01, 100),
            PrivateBurst = node.Int("PrivateBurst", Default.PrivateBurst, 1, 100),
            GroupPerMinute = node.Number("GroupPerMinute", Default.GroupPerMinute, 0.1, 6_000),
            GroupBurst = node.Int("GroupBurst", Default.GroupBurst, 1, 100),
            PerSecond = node.Number("PerSecond", Default.PerSecond, 0.1, 10_000),
            Burst = node.Int("Burst", Default.Burst, 1, 10_000),
            PaidPerSecond = node.Number("PaidPerSecond", Default.PaidPerSecond, 0.1, 10_000),
            PaidStarsPerDay = node.Int("PaidStarsPerDay", Default.PaidStarsPerDay, 0, 100_000_000),
            LaneDepth = node.Int("LaneDepth", Default.LaneDepth, 1, 100_000),
            MaxWaitMs = node.Int("MaxWaitMs", Default.MaxWaitMs, 0, 600_000),
        };
        node.RejectUnknown();
        return settings;
    }
}
