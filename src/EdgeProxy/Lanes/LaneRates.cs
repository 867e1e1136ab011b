namespace EdgeProxy.Lanes;

/// <summary>What <see cref="LaneSettings"/> mean for the buckets, in this process or in Redis.</summary>
/// <param name="PrivatePerSecond">Messages a second to a private chat.</param>
/// <param name="PrivateBurst">Its messages at once.</param>
/// <param name="GroupPerSecond">Messages a second to a group or channel.</param>
/// <param name="GroupBurst">Its messages at once.</param>
/// <param name="PerSecond">The bot's messages a second.</param>
/// <param name="Burst">Its messages at once.</param>
/// <param name="Ceiling">Messages that may be in flight and counted at once.</param>
/// <param name="PaidPerSecond">The paid tier's messages a second, and its ceiling.</param>
/// <param name="PaidBurst">Its messages at once.</param>
internal readonly record struct LaneRates(
    double PrivatePerSecond, double PrivateBurst, double GroupPerSecond, double GroupBurst, double PerSecond, double Burst, double Ceiling,
    double PaidPerSecond, double PaidBurst)
{
    public static LaneRates Of(LaneSettings settings) => new(
        settings.PrivatePerSecond,
        settings.PrivateBurst,

        // Of 20 a minute and 1 a second with the same burst, the slower one is always the emptier one.
        Math.Min(settings.GroupPerMinute / 60, 1),
        settings.GroupBurst,
        settings.PerSecond,
        settings.Burst,
        Math.Max(settings.PerSecond, settings.Burst),
        settings.PaidPerSecond,
        Math.Max(1, settings.PaidPerSecond / 2));

    /// <summary>What a call of that priority leaves in the bot's burst for higher ones.</summary>
    public double Reserve(LanePriority priority) => (int)priority * Burst / 4;

    /// <summary>That part of everything.</summary>
    public LaneRates Times(double share) => new(
        PrivatePerSecond * share, PrivateBurst * share, GroupPerSecond * share, GroupBurst * share, PerSecond * share, Burst * share, Ceiling * share,
        PaidPerSecond * share, PaidBurst * share);
}
