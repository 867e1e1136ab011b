using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>A message to accept: checked, and ready to be sent as it stands.</summary>
internal sealed record NewMessage
{
    public required Bot Bot { get; init; }

    /// <summary>As the Bot API spells it; a method of kind Send or Edit.</summary>
    public required string Method { get; init; }

    /// <summary>The call's parameters as one JSON object, chat_id included: the bytes that Telegram will get.</summary>
    public required ReadOnlyMemory<byte> Parameters { get; init; }
    public required ChatTarget Chat { get; init; }
    public int Weight { get; init; } = 1;
    public bool Paid { get; init; }
    public LanePriority Priority { get; init; } = LanePriority.Normal;

    /// <summary>Unix milliseconds; 0 means at once.</summary>
    public long NotBeforeUnixMs { get; init; }

    /// <summary>Unix milliseconds; 0 means never.</summary>
    public long ExpiresAtUnixMs { get; init; }
    public Uri? CallbackUrl { get; init; }
    public OnUnknown OnUnknown { get; init; }
    public Transport Transport { get; init; }

    /// <summary>Unique per bot while the message is kept; null for none. 1 to Limits.IdempotencyKeyCharsMax characters.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of what makes two requests the same; compared when a key is used again. 32 bytes; empty without a key.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }

    /// <summary>Uploaded files, already on disk; the parameters name them as attach://&lt;part&gt;.</summary>
    public IReadOnlyList<StoredUpload> Uploads { get; init; } = [];
}
