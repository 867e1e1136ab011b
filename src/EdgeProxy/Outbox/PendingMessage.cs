using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>A message with all that sending it takes.</summary>
internal sealed record PendingMessage
{
    public required MessageId Id { get; init; }
    public required long BotId { get; init; }
    public required long Queue { get; init; }

    /// <summary>What may not go twice at a time: the chat, or in broadcasts the message's own id.</summary>
    public required long Lane { get; init; }
    public required ChatTarget Chat { get; init; }
    public required string Method { get; init; }

    /// <summary>The whole JSON object, chat_id included.</summary>
    public required ReadOnlyMemory<byte> Parameters { get; init; }
    public int Weight { get; init; } = 1;
    public bool Paid { get; init; }
    public bool IsBroadcast { get; init; }
    public OnUnknown OnUnknown { get; init; }
    public Transport Transport { get; init; }
    public long ExpiresAtUnixMs { get; init; }

    /// <summary>Times it was marked as sending before.</summary>
    public int Attempts { get; init; }
    public IReadOnlyList<StoredUpload> Uploads { get; init; } = [];

    /// <summary>Files are to be read from the store yet.</summary>
    public bool HasUploads { get; init; }
}
