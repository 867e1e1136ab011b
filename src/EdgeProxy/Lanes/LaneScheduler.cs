using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// One bot's lanes: who may send when. One loop (<see cref="LaneLoop"/>) owns all of its state; callers post to its mailbox. The loop has no thread
/// of its own: whoever posts while nobody runs it, runs a pass, so that a free turn is granted without a switch of threads; if more comes
/// meanwhile, the thread pool takes over. One timer covers everything that becomes due.
/// </summary>
internal sealed partial class LaneScheduler : IAsyncDisposable, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Running = 1;

    /// <summary>Running, and something was posted since: one more pass.</summary>
    private const int Signalled = 2;

    private const long TimerMsMax = int.MaxValue;

    private readonly Bot _bot;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LaneMailbox _mailbox = new();
    private readonly LaneEntryPool _entries = new();
    private readonly ITimer _timer;
    private readonly long _ticksPerMs;
    private readonly RedisBudget? _shared;
    private int _state;

    // Replaced only by whoever runs it, after a bug.
    private volatile LaneLoop _loop;

    // Owned by whoever runs the loop.
    private long _timerAt = long.MaxValue;
    private int _timerFired;

    public LaneScheduler(Bot bot, LaneSettings settings, TimeProvider time, ILogger logger, RedisBudget? shared = null)
    {
        (_bot, _time, _logger) = (bot, time, logger);
        _ticksPerMs = time.TimestampFrequency / 1000;
        _loop = new LaneLoop(bot, settings, time, shared);
        _shared = shared;
        shared?.Connect(Post);
        _timer = time.CreateTimer(static scheduler => ((LaneScheduler)scheduler!).Fired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        LanesMetrics.Show(this);
    }

    /// <summary>Waits for a turn. A grant reserves the budgets of chat and bot.</summary>
    public ValueTask<LaneGrant> EnterAsync(in LaneRequest request, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Weight, 1);
        if (cancellationToken.IsCancellationRequested) return new ValueTask<LaneGrant>(new LaneGrant(LaneVerdict.Abandoned, 0, request));
        LaneEntry entry = _entries.Rent();
        entry.Write(request);
        Post(entry);
        return entry.Await(this, cancellationToken);
    }

    /// <summary>
    /// Another attempt of a granted call, which keeps its place before all others of its chat. The outcome of the last attempt is taken into
    /// account (a 429 closes the gate). Ends the old grant: after Full or Abandoned there is nothing to leave.
    /// </summary>
    /// <param name="grant">The grant of the last attempt.</param>
    /// <param name="outcome">How that attempt ended.</param>
    /// <param name="retryAfterS">What a 429 named, seconds; else 0.</param>
    /// <param name="notBeforeMs">Least pause, milliseconds from now: the back-off after NotSent and 5xx.</param>
    /// <param name="maxWaitMs">As in <see cref="LaneRequest.MaxWaitMs"/>, from now.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public ValueTask<LaneGrant> AgainAsync(
        LaneGrant grant, SendOutcome outcome, int retryAfterS, int notBeforeMs, int maxWaitMs, CancellationToken cancellationToken)
    {
        LaneEntry entry = grant.Entry ?? throw new InvalidOperationException("Nothing was granted");
        if (cancellationToken.IsCancellationRequested)
        {
            Leave(grant, outcome, retryAfterS);
            return new ValueTask<LaneGrant>(new LaneGrant(LaneVerdict.Abandoned, 0, grant.Request));
        }

        entry.WriteAgain(grant.Turn, outcome, retryAfterS, notBeforeMs, maxWaitMs);
        Post(entry);
        return entry.Await(this, cancellationToken);
    }

    /// <summary>Gives the place back. NotSent and Abandoned return the budget; RetryAfter closes the gate.</summary>
    public void Leave(LaneGrant grant, SendOutcome outcome, int retryAfterS)
    {
        if (grant.Entry is not { } entry) return;
        entry.WriteLeave(grant.Turn, outcome, retryAfterS);
        Post(entry);
    }

    /// <summary>What paid broadcasting had cost on that UTC day before this start; added if the day is today.</summary>
    public void RestoreSpending(DateOnly day, double stars) => Post(new LaneStars(day, stars));

    /// <summary>The UTC day that was counted last and its Stars, to be kept for the next start.</summary>
    public (DateOnly Day, double Stars) Spending => _loop.Published.Stars;

    /// <summary>From any thread; costs the loop nothing.</summary>
    public LaneSnapshot Snapshot()
    {
        LaneCounters counters = _loop.Published;
        long closedMs = Math.Max(0, (counters.BotClosedUntil - _time.GetTimestamp() + _ticksPerMs - 1) / _ticksPerMs);
        (DateOnly day, double stars) = counters.Stars;
        if (day != DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime)) stars = 0;
        return new LaneSnapshot(_bot.Name, counters.Waiting, counters.InFlight, counters.Lanes, counters.ClosedChats, closedMs, stars);
    }

    /// <summary>Refuses whoever still waits with Abandoned. Grants may still be left.</summary>
    public async ValueTask DisposeAsync()
    {
        LanesMetrics.Hide(this);
        var close = new LaneClose();
        Post(close);
        await close.Done.Task.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _shared?.Dispose();
    }

    void IThreadPoolWorkItem.Execute() => RunPasses(int.MaxValue);

    internal void Cancel(LaneEntry entry, int turn) => Post(new LaneCancel(entry, turn));

    private void Post(LaneMail mail)
    {
        _mailbox.Post(mail);
        Wake();
    }

    private void Wake()
    {
        // Whoever runs will look into the mailbox after it took this signal back: the post came first.
        if (Volatile.Read(ref _state) == Signalled) return;
        if (Interlocked.Exchange(ref _state, Signalled) == Idle) RunPasses(Limits.LanePassesInline);
    }

    private void Fired()
    {
        Volatile.Write(ref _timerFired, 1);
        Wake();
    }

    private void RunPasses(int passesMax)
    {
        for (int pass = 0; pass < passesMax; pass++)
        {
            Interlocked.Exchange(ref _state, Running);
            RunPass();
            if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running) return;
        }

        // Still ours: the next pass is handed over, not given up.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void RunPass()
    {
        _loop.Deliver(_mailbox.TakeAll());
        try
        {
            if (_loop.IsBroken) _loop = _loop.Successor();
            Arm(_loop.Pass());
        }
        catch (Exception error)
        {
            // A bug. It costs those who wait a refusal, and must not pass unseen.
            _loop.Break();
            _timerAt = long.MinValue;
            LogBroken(_bot.Name, error);
        }
    }

    // Timers count whole milliseconds: rounded up, so that it is due when it fires. A timer that is earlier than needed is left alone.
    private void Arm(long dueAt)
    {
        long now = _time.GetTimestamp();

        // A timer may fire a little early by this clock; without the flag it would be believed to come still.
        if (Interlocked.Exchange(ref _timerFired, 0) != 0) _timerAt = long.MinValue;
        if (dueAt == long.MaxValue || (_timerAt > now && _timerAt <= dueAt)) return;
        long ms = Math.Clamp((dueAt - now + _ticksPerMs - 1) / _ticksPerMs, 1, TimerMsMax);
        _timerAt = now + (ms * _ticksPerMs);
        _timer.Change(TimeSpan.FromMilliseconds(ms), Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The lanes of bot {Bot} broke: who waited was refused, and they begin anew")]
    private partial void LogBroken(string bot, Exception error);
}
