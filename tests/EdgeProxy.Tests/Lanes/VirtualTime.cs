namespace EdgeProxy.Tests.Lanes;

/// <summary>
/// A clock, monotonic and of the day, that stands still until a test moves it. Timers fire in order on the thread that moves it, never from within
/// the call that sets them. One thread only.
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 8, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly List<VirtualTimer> _timers = [];

    public TimeSpan Elapsed { get; private set; }

    /// <summary>How far the clock of the day was set away from where it began.</summary>
    public TimeSpan UtcShift { get; set; }

    /// <summary>Runs whenever the clock is read; may throw.</summary>
    public Action? OnRead { get; set; }
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer fires; MaxValue without one.</summary>
    public TimeSpan NextTimer
    {
        get
        {
            TimeSpan next = TimeSpan.MaxValue;
            foreach (VirtualTimer timer in _timers)
            {
                if (timer.Due < next) next = timer.Due;
            }

            return next;
        }
    }

    public override long GetTimestamp()
    {
        OnRead?.Invoke();
        return TimeSpan.TicksPerDay + Elapsed.Ticks;
    }

    public override DateTimeOffset GetUtcNow()
    {
        OnRead?.Invoke();
        return Start + Elapsed + UtcShift;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on to a moment that is not later than the next timer, and fires what is due then.</summary>
    public void MoveTo(TimeSpan moment)
    {
        Assert.True(moment >= Elapsed && moment <= NextTimer, "time runs forward and over no timer");
        Elapsed = moment;
        while (NextTimer <= Elapsed) _timers.Find(timer => timer.Due <= Elapsed)!.Fire();
    }

    private sealed class VirtualTimer(VirtualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Fire()
        {
            owner._timers.Remove(this);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner._timers.Remove(this);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;

            // As the system's timers do: whole milliseconds, cut off.
            Due = owner.Elapsed + TimeSpan.FromMilliseconds(Math.Max(1, Math.Floor(dueTime.TotalMilliseconds)));
            owner._timers.Add(this);
            return true;
        }

        public void Dispose() => owner._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
