using System.Collections.Frozen;
using EdgeProxy.Bots;

namespace EdgeProxy.Outbox;

/// <summary>The bots that are served, by id.</summary>
internal sealed class FrozenBots(BotRegistry bots)
{
    private readonly FrozenDictionary<long, Bot> _byId = bots.All.ToFrozenDictionary(bot => bot.Id);

    public Bot? Find(long id) => _byId.GetValueOrDefault(id);
}
