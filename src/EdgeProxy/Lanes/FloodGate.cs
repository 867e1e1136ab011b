using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// What 429s close. A 429 speaks of its chat, so it closes that chat alone. Three different chats within one second say that the bot as a whole is
/// too fast: it is closed for the smallest of their times, since each chat stays closed for its own time anyway and the smallest is the only one
/// that can be the bot's. A call without a chat counts as one of its own. Owned by the loop; times are ticks.
/// </summary>
internal sealed class FloodGate(long ticksPerSecond)
{
    private readonly long _stepTicks = Limits.LaneRecoverStepS * ticksPerSecond;
    private readonly (LaneKey Chat, long At, long Ticks)[] _hits = new (LaneKey, long, long)[Limits.BotFloodChats];
    private readonly List<ChatLane> _closed = [];
    private long _opensNext = long.MaxValue;
    private ulong _chatless;

    public long BotClosedUntil { get; private set; }
    public int ClosedChats => _closed.Count;

    /// <summary>When the next chat opens; its count is stale from then until <see cref="Sweep"/>.</summary>
    public long OpensNext => _opensNext;

    /// <summary>A 429 was seen. True when it closed the whole bot.</summary>
    public bool Hit(ChatLane lane, int retryAfterS, long now)
    {
        long ticks = Math.Clamp(retryAfterS, 1, Limits.LaneRetryAfterSMax) * ticksPerSecond;
        ChatFlood flood = lane.Flood ??= new ChatFlood();
        if (!flood.IsCounted) _closed.Add(lane);
        flood.IsCounted = true;
        flood.Hit(now, now + ticks, _stepTicks);
        lane.Bucket.Drain();
        _opensNext = Math.Min(_opensNext, flood.ClosedUntil);
        LaneKey key = lane.Key.IsNone ? LaneKey.OfHash(++_chatless) : lane.Key;
        if (!Remember(key, now, ticks)) return false;
        HoldBot(now + SmallestTicks());
        return true;
    }

    /// <summary>Another process saw a 429 of the chat.</summary>
    public void Learn(ChatLane lane, long until)
    {
        ChatFlood flood = lane.Flood ??= new ChatFlood();
        if (!flood.IsCounted) _closed.Add(lane);
        flood.IsCounted = true;
        flood.Extend(until);
        _opensNext = Math.Min(_opensNext, flood.ClosedUntil);
    }

    /// <summary>Refills the chat's bucket at the rates it had since the last look.</summary>
    public void Refill(ChatLane lane, double capacity, double perTick, long now)
    {
        ChatFlood? flood = lane.Flood;
        while (flood is not null && flood.RecoverAt <= now)
        {
            lane.Bucket.Refill(capacity, perTick * flood.RateShare, flood.RecoverAt);
            flood.Recover(_stepTicks);
        }

        lane.Bucket.Refill(capacity, perTick * (flood?.RateShare ?? 1), now);
        if (flood is not null && flood.IsOver(now)) lane.Flood = null;
    }

    /// <summary>Forgets the chats that opened.</summary>
    public void Sweep(long now)
    {
        if (now < _opensNext) return;
        _opensNext = long.MaxValue;
        for (int index = _closed.Count - 1; index >= 0; index--)
        {
            if (_closed[index].Flood is { } flood && flood.IsClosed(now))
            {
                _opensNext = Math.Min(_opensNext, flood.ClosedUntil);
                continue;
            }

            if (_closed[index].Flood is { } opened) opened.IsCounted = false;
            _closed[index] = _closed[^1];
            _closed.RemoveAt(_closed.Count - 1);
        }
    }

    /// <summary>Closes the bot, unless it is closed for longer already.</summary>
    public void HoldBot(long until) => BotClosedUntil = Math.Max(BotClosedUntil, until);

    private long SmallestTicks()
    {
        long ticks = long.MaxValue;
        foreach ((_, _, long hit) in _hits) ticks = Math.Min(ticks, hit);
        return ticks;
    }

    // Keeps the last hit of each of the latest chats; true when all of them lie within the window.
    private bool Remember(LaneKey chat, long now, long ticks)
    {
        int slot = 0;
        for (int index = 0; index < _hits.Length; index++)
        {
            if (_hits[index].Chat == chat)
            {
                slot = index;
                break;
            }

            if (_hits[index].At < _hits[slot].At) slot = index;
        }

        _hits[slot] = (chat, now, ticks);
        foreach ((LaneKey known, long at, _) in _hits)
        {
            if (known.IsNone || now - at > ticksPerSecond * Limits.BotFloodMs / 1000) return false;
        }

        return true;
    }
}
