namespace EdgeProxy.Primitives;

/// <summary>Bounds of the state that processes of a cluster share in PostgreSQL: client tokens, idempotency keys, facts about chats, Stars.</summary>
internal static partial class Limits
{
    /// <summary>One piece of work on the shared state, ms: a caller who waits for it is refused then. Usually one or two; a busy disk takes 100.</summary>
    public const int PostgresCallMs = 5_000;

    /// <summary>Reading all facts about chats, ms: a million rows come within seconds.</summary>
    public const int PostgresLoadMs = 60_000;

    /// <summary>Added to both, ms: the driver asks the server to cancel and waits two seconds for that before it drops the connection.</summary>
    public const int PostgresCancelMs = 3_000;

    /// <summary>Pause after each reading of all client tokens or subscriptions, ms: changes that come together are read together.</summary>
    public const int TableFeedGapMs = 100;

    /// <summary>They are read again after so long without a notification, ms: should one be lost, a revocation is this late.</summary>
    public const int TableFeedPollMs = 30_000;

    /// <summary>How often a process says that it lives, for those who wait for its keyed calls, ms.</summary>
    public const int IdempotencyBeatMs = 2_000;

    /// <summary>Silence after which a process counts as dead, ms: its calls under way are in doubt. Four beats may be lost.</summary>
    public const int IdempotencyAliveMs = 10_000;

    /// <summary>
    /// A call that another process has under way for longer is in doubt, seconds: the longest wait for a lane, a retry and Telegram's answer. Only an
    /// upload of minutes can take longer, and its repeat is then told of the doubt.
    /// </summary>
    public const int IdempotencyElsewhereS = 300;

    /// <summary>First pause between two looks for the answer of another process, ms; each later one doubles it.</summary>
    public const int IdempotencyLookFirstMs = 20;

    /// <summary>Longest such pause, ms.</summary>
    public const int IdempotencyLookMs = 500;

    /// <summary>How often writes about ended keyed calls that failed are tried again, ms: how late an answer may be known after an outage.</summary>
    public const int IdempotencySettleMs = 500;

    /// <summary>Such writes kept. One more is forgotten: its key is in doubt.</summary>
    public const int IdempotencySettleMax = 4_096;

    /// <summary>Longest answer kept for such a write, bytes: all of them are 64 MB at most. Of a longer one only the doubt is written.</summary>
    public const int IdempotencySettleBytesMax = 16 * 1024;

    /// <summary>How often facts about chats are written, told and heard, ms: a reply that comes sooner than its chat is known is served as normal.</summary>
    public const int ChatFactsTickMs = 50;

    /// <summary>Facts written at once: their notification, 64 characters each at most, fits into PostgreSQL's 8,000 bytes.</summary>
    public const int ChatFactsBatch = 100;

    /// <summary>@names told at once: 128 characters each at most, with their chat.</summary>
    public const int ChatNamesTold = 50;

    /// <summary>Facts that wait to be written. One more stays in memory only.</summary>
    public const int ChatFactsPendingMax = 50_000;

    /// <summary>Notifications that wait to be applied; more are dropped and everything is read again.</summary>
    public const int ChatFactsToldMax = 4_096;

    /// <summary>Chats in one notification of who wrote lately: 8 bytes each in base64 fit into PostgreSQL's 8,000 bytes.</summary>
    public const int HeardToldMax = 700;

    /// <summary>
    /// Chats that wrote and wait to be told, a power of two: 80,000 a second. More push out the oldest, which other processes serve as normal.
    /// </summary>
    public const int HeardShareMax = 4_096;

    /// <summary>A chat that goes on writing is told again after this time, seconds: a fifth of HeardLatelyS, so that others forget it hardly earlier.</summary>
    public const int HeardShareAgainS = 60;

    /// <summary>Stars of past days are kept so long, days: what an operator may ask about after a weekend.</summary>
    public const int SpendingDaysKept = 7;
}
