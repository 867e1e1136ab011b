using System.Collections.Frozen;

namespace EdgeProxy.Bots;

/// <summary>The bots that are served. Read-only after start.</summary>
internal sealed class BotRegistry
{
    private readonly FrozenDictionary<string, Bot> _byName;
    private readonly FrozenDictionary<string, Bot>.AlternateLookup<ReadOnlySpan<char>> _byNameSpan;

    public BotRegistry(IReadOnlyList<Bot> bots)
    {
        All = bots;
        _byName = bots.ToFrozenDictionary(bot => bot.Name, StringComparer.Ordinal);
        _byNameSpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyList<Bot> All { get; }

    /// <summary>The bot of that name, or null. Does not allocate.</summary>
    public Bot? Find(ReadOnlySpan<char> name) => _byNameSpan.TryGetValue(name, out Bot? bot) ? bot : null;
}
