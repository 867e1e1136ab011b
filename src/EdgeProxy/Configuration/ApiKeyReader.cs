using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Configuration;

/// <summary>Reads ApiKeys. A key is hashed at once; neither the key nor its hash is told in an error.</summary>
internal static class ApiKeyReader
{
    public static ApiKeyRing Read(ConfigNode root, IReadOnlyList<Bot> bots, ConfigErrors errors)
    {
        var keys = new List<ApiKey>();
        foreach (ConfigNode node in root.Nodes("ApiKeys", Limits.ApiKeysMax))
        {
            string? name = node.Text("Name");
            if (name is null || name.Length > 64 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'))
            {
                errors.Add(node.Key("Name"), name is null ? "is missing; write 1 to 64 of a–z 0–9 _ -" : $"\"{name}\" must be 1 to 64 of a–z 0–9 _ -");
            }
            else if (keys.Exists(other => other.Name == name))
            {
                errors.Add(node.Key("Name"), $"\"{name}\" is taken by another key; names must differ");
            }

            ReadOnlyMemory<byte> hash = ReadHash(node, errors);
            if (!hash.IsEmpty && keys.Find(other => other.Sha256.Span.SequenceEqual(hash.Span)) is { } same)
            {
                errors.Add(node.Key("Key"), $"is the key of \"{same.Name}\" too; keys must differ");
            }

            keys.Add(new ApiKey(name ?? "", hash, ReadScopes(node, errors), ReadBots(node, bots, errors)));
            node.RejectUnknown();
        }

        return new ApiKeyRing(keys);
    }

    /// <summary>Empty when there is none that is legal; then it has been reported.</summary>
    private static ReadOnlyMemory<byte> ReadHash(ConfigNode node, ConfigErrors errors)
    {
        string? key = node.Secret("Key");
        string? hex = node.Text("Sha256");
        if (hex is not null && (key is not null || node.Has("KeyFile")))
        {
            errors.Add(node.Key("Sha256"), "is given beside Key or KeyFile; keep one of them");
            return default;
        }

        if (hex is not null)
        {
            if (hex.Length == 2 * SHA256.HashSizeInBytes && hex.All(char.IsAsciiHexDigit)) return Convert.FromHexString(hex);
            errors.Add(node.Key("Sha256"), "must be the 64 hexadecimal digits that `printf %s \"$KEY\" | sha256sum` prints");
            return default;
        }

        if (key is null)
        {
            if (!node.Has("KeyFile")) errors.Add(node.Key("Key"), "is missing; write a key, name a file in KeyFile, or give its hash in Sha256");
            return default;
        }

        // What a header cannot carry, or the ring would not look at, could never match.
        bool legal = key.Length is >= Limits.ApiKeyCharsMin and <= Limits.ApiKeyCharsMax && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
        if (legal) return SHA256.HashData(Encoding.UTF8.GetBytes(key));
        errors.Add(node.Key("Key"), $"must be {Limits.ApiKeyCharsMin} to {Limits.ApiKeyCharsMax} visible characters; `openssl rand -hex 32` makes one");
        return default;
    }

    private static ApiScope ReadScopes(ConfigNode node, ConfigErrors errors)
    {
        ApiScope scopes = ApiScope.None;
        IReadOnlyList<string> texts = node.List("Scopes");
        foreach (string text in texts)
        {
            bool named = text.Length > 0 && char.IsAsciiLetter(text[0]) && !text.Contains(',', StringComparison.Ordinal);
            if (named && Enum.TryParse(text, ignoreCase: true, out ApiScope scope) && scope != ApiScope.None) scopes |= scope;
            else errors.Add(node.Key("Scopes"), $"\"{text}\" is none of send, read, admin");
        }

        if (texts.Count == 0) errors.Add(node.Key("Scopes"), "is missing; write what the key may do, of send, read, admin");
        return scopes;
    }

    private static IReadOnlyList<string> ReadBots(ConfigNode node, IReadOnlyList<Bot> bots, ConfigErrors errors)
    {
        IReadOnlyList<string> names = node.List("Bots");
        foreach (string name in names)
        {
            if (bots.All(bot => bot.Name != name)) errors.Add(node.Key("Bots"), $"\"{name}\" is not the name of a bot that is configured");
        }

        return names;
    }
}
