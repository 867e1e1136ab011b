using System.Collections.Frozen;
using System.Globalization;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.BotApi;

/// <summary>Which bot a token of a URL is. Found by the bot id, which is no secret; the rest is compared in constant time.</summary>
internal sealed class TokenIndex(BotRegistry bots)
{
    private readonly FrozenDictionary<long, Bot[]> _byId = bots.All.GroupBy(bot => bot.Id).ToFrozenDictionary(group => group.Key, group => group.ToArray());

    public Bot? Find(ReadOnlySpan<char> token)
    {
        if (token.Length > Limits.BotTokenCharsMax) return null;
        int colon = token.IndexOf(':');
        if (colon < 1 || !long.TryParse(token[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out long id)) return null;
        if (!_byId.TryGetValue(id, out Bot[]? candidates)) return null;
        Bot? found = null;
        foreach (Bot candidate in candidates)
        {
            if (candidate.Token.Matches(token)) found = candidate;
        }

        return found;
    }
}
