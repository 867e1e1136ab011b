namespace EdgeProxy.Tests.Fanout;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire in order of their due times, on the thread that moves it.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 8, 24, 12, 0, 0, TimeSpan.Zero);

    public long UnixMs => GetUtcNow().ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state), period);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>True when a timer waits for that moment, counted from now.</summary>
    public bool HasTimerIn(TimeSpan wait)
    {
        lock (_lock) return _timers.Exists(timer => timer.Due == _now + wait);
    }

    /// <summary>The first timer due between those moments, counted from now; null when there is none.</summary>
    public TimeSpan? TimerBetween(TimeSpan from, TimeSpan to)
    {
        lock (_lock)
        {
            ManualTimer[] found = [.. _timers.Where(timer => timer.Due >= _now + from && timer.Due <= _now + to).OrderBy(timer => timer.Due)];
            return found.Length == 0 ? null : found[0].Due - _now;
        }
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset target = GetUtcNow() + by;
        while (true)
        {
            ManualTimer? next = null;
            lock (_lock)
            {
                foreach (ManualTimer timer in _timers)
                {
                    if (timer.Due <= target && (next is null || timer.Due < next.Due)) next = timer;
                }

                if (next is null)
                {
                    _now = target;
                    return;
                }

                if (next.Due > _now) _now = next.Due;
                _timers.Remove(next);
            }

            next.Fire();
        }
    }

    private sealed class ManualTimer(ManualTime owner, Action fire, TimeSpan period) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire()
        {
            if (period > TimeSpan.Zero) Change(period, period);
            fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = owner._now + dueTime;
                if (dueTime > TimeSpan.Zero)
                {
                    owner._timers.Add(this);
                    return true;
                }
            }

            ThreadPool.QueueUserWorkItem(_ => fire());
            return true;
        }

        public void Dispose()
        {
            lock (owner._lock) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
