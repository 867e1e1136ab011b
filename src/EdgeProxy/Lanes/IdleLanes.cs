namespace EdgeProxy.Lanes;

/// <summary>
/// Lanes that nobody uses, by the second in which forgetting them loses nothing. A wheel: one chain per second, those further away go to the last
/// one and are looked at again. A lane that is used again stays in its chain until that is looked at, so that use costs nothing here.
/// </summary>
internal sealed class IdleLanes(long ticksPerSecond, long now)
{
    private const int Slots = 64;
    private readonly ChatLane?[] _slots = new ChatLane?[Slots];
    private ChatLane? _due;
    private long _second = now / ticksPerSecond;
    private int _count;

    /// <summary>When to look next.</summary>
    public long NextAt => _due is not null ? 0 : _count == 0 ? long.MaxValue : (_second + 1) * ticksPerSecond;

    /// <summary>Nothing happens when it is listed already.</summary>
    public void Add(ChatLane lane, long dueAt)
    {
        if (lane.IsListedIdle) return;
        lane.IsListedIdle = true;
        long ahead = Math.Clamp((dueAt / ticksPerSecond) + 1 - _second, 1, Slots - 1);
        ref ChatLane? slot = ref _slots[(_second + ahead) % Slots];
        lane.NextIdle = slot;
        slot = lane;
        _count++;
    }

    /// <summary>The next lane whose second has come; null when there is none. It is no longer listed.</summary>
    public ChatLane? Next(long now)
    {
        long second = now / ticksPerSecond;
        if (_count == 0) _second = second;
        while (_due is null && _second < second)
        {
            _second++;
            ref ChatLane? slot = ref _slots[_second % Slots];
            _due = slot;
            slot = null;
        }

        if (_due is not { } lane) return null;
        _due = lane.NextIdle;
        lane.NextIdle = null;
        lane.IsListedIdle = false;
        _count--;
        return lane;
    }
}
