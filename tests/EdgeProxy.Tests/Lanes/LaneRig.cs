using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Ingest;

namespace EdgeProxy.Tests.Lanes;

/// <summary>
/// A scheduler in virtual time, on one thread: what a test plans happens at its moment, between the scheduler's own timers, and whoever was decided
/// hears of it at that moment.
/// </summary>
internal sealed class LaneRig : IDisposable
{
    private readonly PriorityQueue<Action, (TimeSpan At, int Order)> _plan = new();
    private readonly List<(ValueTask<LaneGrant> Wait, Action<LaneGrant> Then)> _waits = [];
    private readonly Queue<(ValueTask<LaneGrant> Wait, Action<LaneGrant> Then)> _told = new();
    private int _planned;

    public LaneRig(LaneSettings? settings = null, string bot = "lanes")
    {
        Settings = settings ?? new LaneSettings();
        Scheduler = new LaneScheduler(NewBot(bot), Settings, Time, Complaints);
    }

    /// <summary>Must stay empty: the loop complains of nothing but bugs.</summary>
    public Complaints Complaints { get; } = new();
    public VirtualTime Time { get; } = new();
    public LaneSettings Settings { get; }
    public LaneScheduler Scheduler { get; }
    public TimeSpan Now => Time.Elapsed;

    /// <summary>Calls that are not decided.</summary>
    public int Undecided => _waits.Count;

    public static Bot NewBot(string name = "lanes")
    {
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? token));
        return new Bot { Name = name, Token = token, ApiRoot = new Uri("http://127.0.0.1:1") };
    }

    public static LaneRequest To(
        long chat, LanePriority priority = LanePriority.Normal, int weight = 1, bool paid = false, int maxWaitMs = 3_600_000, bool holds = true) =>
        new(new LaneKey(chat), priority, weight, paid, maxWaitMs, holds);

    public void After(TimeSpan wait, Action action) => _plan.Enqueue(action, (Now + wait, _planned++));

    public void AfterMs(double ms, Action action) => After(TimeSpan.FromMilliseconds(ms), action);

    public void Enter(LaneRequest request, Action<LaneGrant> then, CancellationToken cancellationToken = default) =>
        Await(Scheduler.EnterAsync(request, cancellationToken), then);

    public void Again(LaneGrant grant, SendOutcome outcome, int retryAfterS, int notBeforeMs, int maxWaitMs, Action<LaneGrant> then) =>
        Await(Scheduler.AgainAsync(grant, outcome, retryAfterS, notBeforeMs, maxWaitMs, default), then);

    /// <summary>Enters, and once granted leaves as sent after that time.</summary>
    public void Send(LaneRequest request, double latencyMs = 50, Action? granted = null) => Enter(request, grant =>
    {
        Assert.Equal(LaneVerdict.Granted, grant.Verdict);
        granted?.Invoke();
        AfterMs(latencyMs, () => Scheduler.Leave(grant, SendOutcome.Sent, 0));
    });

    /// <summary>A call that must be decided at once.</summary>
    public LaneGrant EnterNow(LaneRequest request) => EnterNowWith(request, default);

    public LaneGrant EnterNowWith(LaneRequest request, CancellationToken cancellationToken)
    {
        LaneGrant? result = null;
        Enter(request, grant => result = grant, cancellationToken);
        Hear();
        Assert.NotNull(result);
        return result.Value;
    }

    public void RunFor(double seconds) => RunUntil(Now + TimeSpan.FromSeconds(seconds));

    /// <summary>Until nothing is planned and nobody waits.</summary>
    public void RunOut(double secondsMax)
    {
        TimeSpan end = Now + TimeSpan.FromSeconds(secondsMax);
        while (_plan.Count > 0 || _waits.Count > 0)
        {
            Assert.True(Step(end), $"{_waits.Count} calls wait still");
        }
    }

    public void RunUntil(TimeSpan end)
    {
        while (Step(end))
        {
        }

        Time.MoveTo(end);
        Hear();
    }

    public void Dispose()
    {
        Assert.Empty(Complaints.Lines);
        Assert.True(Scheduler.DisposeAsync().IsCompletedSuccessfully, "nobody else runs the loop");
    }

    // The next thing that happens before the end, if any.
    private bool Step(TimeSpan end)
    {
        Hear();
        TimeSpan planned = _plan.TryPeek(out _, out (TimeSpan At, int) next) ? next.At : TimeSpan.MaxValue;
        TimeSpan timer = Time.NextTimer;
        if (planned > end && timer > end) return false;
        if (timer < planned)
        {
            Time.MoveTo(timer);
        }
        else
        {
            Time.MoveTo(planned);
            while (_plan.TryPeek(out Action? action, out next) && next.At <= Now)
            {
                _plan.Dequeue();
                action();
            }
        }

        Hear();
        return true;
    }

    private void Await(ValueTask<LaneGrant> wait, Action<LaneGrant> then) => _waits.Add((wait, then));

    // Whoever is told may ask again: until nobody is told any more.
    private void Hear()
    {
        while (true)
        {
            int kept = 0;
            for (int index = 0; index < _waits.Count; index++)
            {
                if (_waits[index].Wait.IsCompleted) _told.Enqueue(_waits[index]);
                else _waits[kept++] = _waits[index];
            }

            _waits.RemoveRange(kept, _waits.Count - kept);
            if (_told.Count == 0) return;
            while (_told.TryDequeue(out (ValueTask<LaneGrant> Wait, Action<LaneGrant> Then) told)) told.Then(told.Wait.Result);
        }
    }
}
