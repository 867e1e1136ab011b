using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>The remembered update_ids of one bot: generations, newest last. Owned by <see cref="DedupeWindow"/>.</summary>
internal sealed class BotDedupe(int intervalsMax)
{
    public List<DedupeGeneration> Generations { get; } = [];

    public bool Contains(long updateId)
    {
        for (var i = Generations.Count - 1; i >= 0; i--)
        {
            if (Generations[i].Ids.Contains(updateId))
                return true;
        }
        return false;
    }

    /// <summary>Returns how many generations had to go before their time.</summary>
    public int Add(long updateId, long generation)
    {
        // A generation that hostile ids fill is closed early, so that what goes first is a quarter of the bound and not all of it.
        if (Generations.Count == 0 || Generations[^1].Number < generation || Generations[^1].Ids.Count >= intervalsMax / 4)
            Generations.Add(new DedupeGeneration(generation, new IntervalSet()));
        Generations[^1].Ids.Add(updateId);

        var evicted = 0;
        for (var total = IntervalCount(); total > intervalsMax && Generations.Count > 1; evicted++)
        {
            total -= Generations[0].Ids.Count;
            Generations.RemoveAt(0);
        }
        return evicted;
    }

    public void Expire(long generation)
    {
        while (Generations.Count > 0 && Generations[0].Number + Limits.DedupeGenerationsKept <= generation)
            Generations.RemoveAt(0);
    }

    public int IntervalCount()
    {
        var total = 0;
        foreach (var generation in Generations)
            total += generation.Ids.Count;
        return total;
    }

    public static long GenerationOf(long unixMs) => unixMs / (Limits.DedupeGenerationHours * 3_600_000L);
}
