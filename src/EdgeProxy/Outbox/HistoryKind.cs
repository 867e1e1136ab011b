namespace EdgeProxy.Outbox;

/// <summary>What an event of a message's history was. Stored as a number: values never change their meaning.</summary>
internal enum HistoryKind : byte
{
    None = 0,

    // An attempt: SendOutcome + 1.
    Sent = 1,
    RetryAfter = 2,
    Migrated = 3,
    Blocked = 4,
    Rejected = 5,
    ServerError = 6,
    NotSent = 7,
    Unknown = 8,
    LaneFull = 9,
    Suppressed = 10,
    Abandoned = 11,

    // A decision, ours or somebody's.
    Accepted = 32,
    Cancelled = 33,
    Retried = 34,
    Resolved = 35,
    Recovered = 36,
    Expired = 37,
}
