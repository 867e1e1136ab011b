using EdgeProxy.Lanes;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>A stored message as the API shows it.</summary>
internal sealed record MessageRecord
{
    public required MessageId Id { get; init; }
    public required long BotId { get; init; }
    public required string Method { get; init; }
    public required ChatTarget Chat { get; init; }
    public required MessageState State { get; init; }
    public LanePriority Priority { get; init; }
    public long CreatedUnixMs { get; init; }
    public long UpdatedUnixMs { get; init; }
    public long NotBeforeUnixMs { get; init; }
    public long ExpiresAtUnixMs { get; init; }
    public OnUnknown OnUnknown { get; init; }
    public Transport Transport { get; init; }
    public string? IdempotencyKey { get; init; }

    /// <summary>The broadcast it belongs to; default for none.</summary>
    public MessageId BroadcastId { get; init; }

    /// <summary>Telegram's message_id (of an album the first); 0 until sent.</summary>
    public long TelegramMessageId { get; init; }

    /// <summary>Telegram's error_code, or 0; and its description or ours, or null.</summary>
    public int ErrorCode { get; init; }
    public string? Error { get; init; }

    /// <summary>The call's parameters; empty in lists.</summary>
    public ReadOnlyMemory<byte> Parameters { get; init; }

    /// <summary>Oldest first; empty in lists.</summary>
    public IReadOnlyList<MessageAttempt> Attempts { get; init; } = [];
}
