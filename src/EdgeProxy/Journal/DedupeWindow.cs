using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// Which (bot, update_id) pairs are on disk. Never a high-water mark: ids may jump or go back. An id is remembered for at least
/// <see cref="Limits.DedupeHours"/>, at most one generation longer. Bounded per bot; a bot that overflows forgets its own oldest ids only.
/// Owned by the writer's thread.
/// </summary>
internal sealed class DedupeWindow(int intervalsPerBotMax = Limits.DedupeIntervalsPerBotMax)
{
    private readonly Dictionary<long, BotDedupe> _bots = [];
    private long _generation = long.MinValue;

    public IReadOnlyDictionary<long, BotDedupe> Bots => _bots;

    /// <summary>Generations dropped before their time since start.</summary>
    public long Evictions { get; private set; }

    public bool Contains(long botId, long updateId, long nowUnixMs)
    {
        MoveTo(nowUnixMs);
        return _bots.TryGetValue(botId, out var bot) && bot.Contains(updateId);
    }

    /// <summary>Remembers an id that Contains denied.</summary>
    public void Add(long botId, long updateId, long receivedUnixMs)
    {
        MoveTo(receivedUnixMs);
        var evicted = BotOf(botId).Add(updateId, _generation);
        if (evicted == 0)
            return;
        Evictions += evicted;
        JournalMetrics.DedupeEvictions.Add(evicted);
    }

    /// <summary>Loads a generation of a snapshot; oldest first.</summary>
    public void Load(long botId, DedupeGeneration generation)
    {
        BotOf(botId).Generations.Add(generation);
        _generation = Math.Max(_generation, generation.Number);
    }

    private BotDedupe BotOf(long botId)
    {
        if (!_bots.TryGetValue(botId, out var bot))
            _bots.Add(botId, bot = new BotDedupe(intervalsPerBotMax));
        return bot;
    }

    /// <summary>Time only moves forward here: a clock set back keeps ids longer, never shorter.</summary>
    private void MoveTo(long unixMs)
    {
        var generation = BotDedupe.GenerationOf(unixMs);
        if (generation <= _generation)
            return;
        _generation = generation;
        foreach (var bot in _bots.Values)
            bot.Expire(generation);
    }
}
