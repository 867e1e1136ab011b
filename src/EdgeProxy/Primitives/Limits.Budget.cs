namespace EdgeProxy.Primitives;

/// <summary>Bounds of the rate budget that processes share.</summary>
internal static partial class Limits
{
    /// <summary>How long a turn waits for Redis, milliseconds. A caller of the Bot API feels it once; then the process goes on by itself.</summary>
    public const int BudgetAskMs = 1_000;

    /// <summary>
    /// How far ahead a turn may be booked, milliseconds: three messages of a bot, so that the next ones stand in line while others still ask, and
    /// less than what bulk and normal calls leave over for interactive ones.
    /// </summary>
    public const int BudgetAheadMs = 100;

    /// <summary>The same for a priority that others went past LaneShare times, milliseconds: far enough to find a place.</summary>
    public const int BudgetLateAheadMs = 1_000;

    /// <summary>Refusals in a row that count: so many messages' time later the bot is asked for again, beside the time that is certain.</summary>
    public const int BudgetRefusalsMax = 8;

    /// <summary>Where the paid tier finds no Stars left, it is asked for again after this, milliseconds: a day's end is noticed a minute late.</summary>
    public const int BudgetStarsAskMs = 60_000;

    /// <summary>How often a process that is by itself asks whether Redis is back, milliseconds.</summary>
    public const int BudgetProbeMs = 500;

    /// <summary>
    /// How long all go on by themselves when the first of them finds Redis back, milliseconds: longer than the last one needs to find it too
    /// (RedisBackoffMaxMs, BudgetProbeMs and BudgetAskMs together).
    /// </summary>
    public const int BudgetReturnMs = 4_000;

    /// <summary>
    /// Time without a question from anybody after which Redis is taken to have been away for all, milliseconds. Shorter than any failure that sends
    /// processes off by themselves. A bot that is quieter than this anyhow loses nothing by the mistake.
    /// </summary>
    public const int BudgetGapMs = 250;

    /// <summary>Most members of a cluster that shares are made for: a wrong count must not stop a bot.</summary>
    public const int BudgetMembersMax = 256;

    /// <summary>Largest debt in messages that is believed: above the 100 ids of a copy. Beyond it the server's clock was set back.</summary>
    public const int BudgetDebtMax = 256;
}
