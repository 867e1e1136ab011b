using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Bots;

/// <summary>The keys of EdgeProxy's own API. Read-only after start.</summary>
internal sealed class ApiKeyRing(IReadOnlyList<ApiKey> keys)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// The key named by an Authorization header "Bearer …", or null. Every configured hash is compared, each in constant time, so that time tells
    /// nothing about which one matched.
    /// </summary>
    public ApiKey? Find(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        string key = authorization[Scheme.Length..].Trim();
        if (key.Length is 0 or > Limits.ApiKeyCharsMax) return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        ApiKey? found = null;
        foreach (ApiKey candidate in keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, candidate.Sha256.Span)) found = candidate;
        }

        return found;
    }
}
