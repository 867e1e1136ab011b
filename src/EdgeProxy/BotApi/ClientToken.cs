using EdgeProxy.Bots;

namespace EdgeProxy.BotApi;

/// <summary>A token that EdgeProxy has issued for a bot, so that the bot's own token stays in the proxy. The token itself is not kept.</summary>
internal sealed class ClientToken
{
    private volatile bool _revoked;

    /// <summary>Number in the table, never used again.</summary>
    public required long Id { get; init; }
    public required Bot Bot { get; init; }

    /// <summary>Unique within the bot: a letter, then [a-z0-9_-], 1–64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the whole token's ASCII, 32 bytes.</summary>
    public required byte[] Sha256 { get; init; }
    public required ClientTokenRights Rights { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long CreatedUnixMs { get; init; }

    /// <summary>Milliseconds since 1970; null means that it does not expire.</summary>
    public long? ExpiresUnixMs { get; init; }

    /// <summary>No longer valid. Set before the table knows, so that it takes effect at once.</summary>
    public bool Revoked => _revoked;

    public void Revoke() => _revoked = true;

    public bool IsExpired(long nowUnixMs) => ExpiresUnixMs <= nowUnixMs;
}
