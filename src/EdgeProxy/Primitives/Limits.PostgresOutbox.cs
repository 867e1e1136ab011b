namespace EdgeProxy.Primitives;

/// <summary>Bounds of the outbox in PostgreSQL.</summary>
internal static partial class Limits
{
    /// <summary>Processes of one cluster: 8 bits of each message's id tell who made it.</summary>
    public const int OutboxSlots = 256;

    /// <summary>
    /// Taken off a lease by its owner's own clock, part of it: two machines' clocks differ by far less than a tenth in speed, and the call that is being
    /// written when the lease ends needs a moment.
    /// </summary>
    public const int OutboxLeaseMarginParts = 10;

    /// <summary>Rows in one transaction: some 30 ms of the server; beyond that the works that wait would notice.</summary>
    public const int OutboxBundleRows = 2_048;

    /// <summary>Bytes of parameters in one transaction: it is built in memory, and sent in one piece.</summary>
    public const long OutboxBundleBytes = 8 << 20;

    /// <summary>Bytes of parameters that wait for their transaction: a server that stands still must not fill the memory.</summary>
    public const long OutboxWaitingBytes = 64 << 20;

    /// <summary>Times a transaction is run again after it met another one's (a key taken at the same moment, a deadlock).</summary>
    public const int OutboxConflictTries = 8;

    /// <summary>Pause before it is, ms: the other one ends meanwhile.</summary>
    public const int OutboxConflictMs = 5;

    /// <summary>
    /// How long one statement may take, seconds. Every one enters by an index; a server that does not answer is away, and the caller must be told.
    /// </summary>
    public const int OutboxStatementS = 15;

    /// <summary>Longest notification, characters: PostgreSQL takes 8,000 bytes. What does not fit is looked for.</summary>
    public const int OutboxNoticeChars = 7_000;

    /// <summary>A process that took a call-back to deliver has it for this long, ms: several attempts' time-out, and the wait in its page.</summary>
    public const int OutboxCallbackClaimMs = 60_000;
}
