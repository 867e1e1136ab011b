using System.Collections.Frozen;
using System.Globalization;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>The bots that are served, and which of them a key may speak for. Read-only.</summary>
internal sealed class BotAccess(BotRegistry bots)
{
    private readonly FrozenDictionary<long, Bot> _byId = bots.All.ToFrozenDictionary(bot => bot.Id);

    public Bot? Find(long id) => _byId.GetValueOrDefault(id);

    /// <summary>The bot's name; its id for one that is no longer configured.</summary>
    public string NameOf(long id) => Find(id)?.Name ?? id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The bot that a request names; without a name the only one that the key serves.</summary>
    public Problem? Resolve(ApiKey key, string? name, out Bot? bot)
    {
        bot = null;
        if (name is null)
        {
            List<Bot> served = [.. bots.All.Where(key.Serves)];
            if (served.Count == 1) bot = served[0];
            return bot is not null ? null : ApiProblems.Field("bot", $"is missing, and the key serves {served.Count} bots; name one of {Names(served)}");
        }

        bot = bots.Find(name);
        if (bot is null) return ApiProblems.Field("bot", $"\"{name}\" is not configured; name one of {Names(bots.All.Where(key.Serves))}");
        return key.Serves(bot) ? null : ApiProblems.ForeignBot(name);
    }

    /// <summary>Whether the key may see what belongs to the bot; of one that is no longer configured, a key for all bots may.</summary>
    public Problem? Admit(ApiKey key, long botId)
    {
        bool serves = Find(botId) is { } bot ? key.Serves(bot) : key.Bots.Count == 0;
        return serves ? null : ApiProblems.ForeignBot(NameOf(botId));
    }

    /// <summary>The bots a list is limited to: the named one, or all that the key serves; empty for all there are.</summary>
    public Problem? Limit(ApiKey key, string? name, out IReadOnlyList<long> botIds)
    {
        botIds = [];
        if (name is null)
        {
            if (key.Bots.Count == 0) return null;
            botIds = [.. bots.All.Where(key.Serves).Select(bot => bot.Id)];
            return botIds.Count > 0 ? null : ApiProblems.ForeignBot(string.Join(", ", bots.All));
        }

        if (Resolve(key, name, out Bot? bot) is { } problem) return problem;
        botIds = [bot!.Id];
        return null;
    }

    private static string Names(IEnumerable<Bot> list) => string.Join(", ", list.Select(bot => bot.Name));
}
