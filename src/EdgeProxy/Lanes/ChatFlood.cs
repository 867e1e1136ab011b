using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// What a 429 left on one chat: a closed gate, and a rate that was halved and recovers by one doubling per quiet step. Only chats that drew a 429
/// have one. Times are ticks.
/// </summary>
internal sealed class ChatFlood
{
    private int _halvings;
    private long _recoverAt;

    /// <summary>The chat is among those that <see cref="FloodGate"/> counts as closed.</summary>
    public bool IsCounted { get; set; }
    public long ClosedUntil { get; private set; }

    /// <summary>Part of the normal rate that the chat gets: 1, 1/2, 1/4 …</summary>
    public double RateShare => 1.0 / (1 << _halvings);

    /// <summary>When the rate changes next; long.MaxValue when it is whole.</summary>
    public long RecoverAt => _halvings == 0 ? long.MaxValue : _recoverAt;

    public bool IsClosed(long now) => ClosedUntil > now;

    /// <summary>A 429 while the gate is closed already only extends it: that call left before the first was known.</summary>
    public void Hit(long now, long closedUntil, long stepTicks)
    {
        if (!IsClosed(now)) _halvings = Math.Min(_halvings + 1, Limits.LaneHalvingsMax);
        ClosedUntil = Math.Max(ClosedUntil, closedUntil);
        _recoverAt = ClosedUntil + stepTicks;
    }

    /// <summary>Closed for longer, by a 429 that another process saw. The rate is halved where it is shared.</summary>
    public void Extend(long closedUntil) => ClosedUntil = Math.Max(ClosedUntil, closedUntil);

    /// <summary>The step at <see cref="RecoverAt"/> is over.</summary>
    public void Recover(long stepTicks)
    {
        _halvings--;
        _recoverAt += stepTicks;
    }

    /// <summary>Nothing is left to remember.</summary>
    public bool IsOver(long now) => _halvings == 0 && !IsClosed(now);
}
