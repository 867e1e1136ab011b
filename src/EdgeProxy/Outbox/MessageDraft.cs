using EdgeProxy.Lanes;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>What a request to send says, field by field, each in itself right. Whether they fit together is <see cref="MessageCheck"/>'s.</summary>
internal sealed class MessageDraft : IDisposable
{
    public string? Bot { get; set; }

    /// <summary>As the Bot API spells it; null when only text was given.</summary>
    public string? Method { get; set; }
    public ChatTarget Chat { get; set; }
    public CallParameters Call { get; } = new();
    public LanePriority Priority { get; set; } = LanePriority.Normal;
    public long NotBeforeUnixMs { get; set; }
    public long ExpiresAtUnixMs { get; set; }
    public Uri? CallbackUrl { get; set; }
    public OnUnknown OnUnknown { get; set; }
    public Transport Transport { get; set; }
    public string? IdempotencyKey { get; set; }

    /// <summary>Of a broadcast: what its maker calls it.</summary>
    public string? Name { get; set; }

    /// <summary>Of a broadcast: it waits for its resume.</summary>
    public bool Paused { get; set; }

    public void Dispose() => Call.Dispose();
}
