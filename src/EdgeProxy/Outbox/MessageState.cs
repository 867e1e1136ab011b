namespace EdgeProxy.Outbox;

/// <summary>Where a message stands. Stored as a number: values never change their meaning.</summary>
internal enum MessageState : byte
{
    /// <summary>Durable, waiting for its time, its turn in the chat, or the lanes.</summary>
    Queued = 0,

    /// <summary>Written before the first byte leaves. After a crash this becomes Unknown, or Queued where on_unknown is resend.</summary>
    Sending = 1,

    /// <summary>Final: Telegram took it; its message_id is known.</summary>
    Sent = 2,

    /// <summary>Final: Telegram refused it, or attempts ran out.</summary>
    Failed = 3,

    /// <summary>It left and no answer came. Held until somebody resolves it. Final unless decided otherwise.</summary>
    Unknown = 4,

    /// <summary>Final: withdrawn before it was sent.</summary>
    Cancelled = 5,

    /// <summary>Final: expires_at passed before it could be sent.</summary>
    Expired = 6,

    /// <summary>Final: the chat blocked the bot and was not heard from since.</summary>
    Suppressed = 7,
}
