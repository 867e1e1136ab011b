namespace EdgeProxy.Lanes;

/// <summary>How a send ended. Each value says whether sending again is safe.</summary>
internal enum SendOutcome : byte
{
    /// <summary>Telegram said ok. Final.</summary>
    Sent,

    /// <summary>429, or an album's 400 that hides one: not accepted. Safe to send again after the time it names.</summary>
    RetryAfter,

    /// <summary>400 with migrate_to_chat_id: not accepted. Safe to send again to the new chat.</summary>
    Migrated,

    /// <summary>403: blocked, kicked or deactivated. Not accepted; again is pointless until the chat is heard from.</summary>
    Blocked,

    /// <summary>Any other 4xx: not accepted, and the same call will not be.</summary>
    Rejected,

    /// <summary>5xx of Telegram: not accepted. Safe to send again.</summary>
    ServerError,

    /// <summary>No byte of it left us. Safe to send again.</summary>
    NotSent,

    /// <summary>It left us and no answer came, or a gateway gave up waiting (504). Nobody knows; never sent again by itself.</summary>
    Unknown,

    /// <summary>The lane had no place within the caller's wait: 429 of our own. Never left us.</summary>
    LaneFull,

    /// <summary>Bulk to a chat that blocked the bot. Never left us.</summary>
    Suppressed,

    /// <summary>The caller went away, or its last check said no, before the first byte left. Never left us.</summary>
    Abandoned,
}
