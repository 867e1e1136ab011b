namespace EdgeProxy.Bots;

/// <summary>A caller of EdgeProxy's own API. Only the hash of its key is known here.</summary>
/// <param name="Name">For logs and metrics: [a-z0-9_-], 1–64 characters.</param>
/// <param name="Sha256">SHA-256 of the key's UTF-8, 32 bytes.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Bots">Names of the bots it may speak for; empty means all.</param>
internal sealed record ApiKey(string Name, ReadOnlyMemory<byte> Sha256, ApiScope Scopes, IReadOnlyList<string> Bots)
{
    public bool Allows(ApiScope scope) => (Scopes & scope) == scope;

    public bool Serves(Bot bot) => Bots.Count == 0 || Bots.Contains(bot.Name);
}
