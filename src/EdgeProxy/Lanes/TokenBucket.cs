namespace EdgeProxy.Lanes;

/// <summary>
/// Tokens that refill with time. What is reserved is still in flight: it is missing for others, but the level is charged only when the call is
/// back. A charge at the latest possible moment leaves the lowest level of all moments between grant and answer (the refill above the capacity is
/// lost), so <see cref="Free"/> never exceeds what a counter at Telegram with the same rate holds, whenever in between it counted. A weight above
/// the capacity needs a full bucket and leaves a debt. Times are ticks of the scheduler's clock.
/// </summary>
internal struct TokenBucket
{
    private long _at;

    public double Level { get; private set; }
    public int Reserved { get; private set; }

    /// <summary>What may be promised now.</summary>
    public readonly double Free => Level - Reserved;

    public void Fill(double capacity, long now) => (Level, _at) = (capacity, now);

    public void Refill(double capacity, double perTick, long now)
    {
        if (now <= _at) return;
        Level = Math.Min(capacity, Level + ((now - _at) * perTick));
        _at = now;
    }

    /// <summary>Ticks until <paramref name="need"/> is free; long.MaxValue when only an answer of a call in flight can help.</summary>
    public readonly long TicksUntil(double need, double capacity, double perTick)
    {
        if (need <= Free) return 0;
        if (need + Reserved > capacity) return long.MaxValue;
        return TicksOf(need - Free, perTick);
    }

    public void Reserve(int weight) => Reserved += weight;

    /// <summary>Ends a reservation; a call that Telegram cannot have counted is not charged.</summary>
    public void Settle(int weight, bool charge)
    {
        Reserved -= weight;
        if (charge) Level -= weight;
    }

    public void Charge(int weight) => Level -= weight;

    public void GiveBack(int weight, double capacity) => Level = Math.Min(capacity, Level + weight);

    /// <summary>Telegram says that there is nothing left.</summary>
    public void Drain() => Level = Math.Min(Level, 0);

    /// <summary>Ticks in which <paramref name="tokens"/> come, rounded up.</summary>
    public static long TicksOf(double tokens, double perTick)
    {
        double ticks = Math.Ceiling(tokens / perTick) + 1;
        return ticks < long.MaxValue / 4 ? (long)ticks : long.MaxValue / 4;
    }
}
