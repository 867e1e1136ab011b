using EdgeProxy.Bots;

namespace EdgeProxy.Outbox;

/// <summary>One message to many chats. The parameters stand without chat_id; each recipient's is written in when it is sent.</summary>
internal sealed record NewBroadcast
{
    public required Bot Bot { get; init; }
    public required string Name { get; init; }
    public required string Method { get; init; }

    /// <summary>One JSON object without chat_id.</summary>
    public required ReadOnlyMemory<byte> Parameters { get; init; }
    public int Weight { get; init; } = 1;
    public bool Paid { get; init; }
    public long NotBeforeUnixMs { get; init; }
    public long ExpiresAtUnixMs { get; init; }
    public Uri? CallbackUrl { get; init; }
    public OnUnknown OnUnknown { get; init; }
    public string? IdempotencyKey { get; init; }

    /// <summary>Of everything but the recipients; as in <see cref="NewMessage.RequestHash"/>.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }
}
