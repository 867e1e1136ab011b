namespace EdgeProxy.Lanes;

/// <summary>One bot's budgets. The defaults are Telegram's published limits (Bots FAQ) with bursts that leave room for jitter on the way.</summary>
internal sealed record LaneSettings
{
    /// <summary>Messages a second to one private chat, in the long run.</summary>
    public double PrivatePerSecond { get; init; } = 1;

    /// <summary>Messages a quiet private chat gets at once.</summary>
    public int PrivateBurst { get; init; } = 3;

    /// <summary>Messages a minute to one group or channel, in the long run; never more than one a second after the burst.</summary>
    public double GroupPerMinute { get; init; } = 20;

    /// <summary>Messages a quiet group gets at once.</summary>
    public int GroupBurst { get; init; } = 3;

    /// <summary>Messages a second of the bot to all chats together.</summary>
    public double PerSecond { get; init; } = 30;

    /// <summary>Messages of a quiet bot at once.</summary>
    public int Burst { get; init; } = 15;

    /// <summary>Messages a second with allow_paid_broadcast.</summary>
    public double PaidPerSecond { get; init; } = 1000;

    /// <summary>Telegram Stars that paid broadcasting may cost in one UTC day; 0 turns the paid tier off: such calls use the free budget.</summary>
    public int PaidStarsPerDay { get; init; }

    /// <summary>Calls that may wait in one chat's lane; one more gets 429.</summary>
    public int LaneDepth { get; init; } = 300;

    /// <summary>How long a caller of the Bot API surface is held, milliseconds; beyond it 429.</summary>
    public int MaxWaitMs { get; init; } = 30_000;
}
