using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// All state of one bot's lanes, and the one pass that moves it. Whoever runs a pass owns the state for its length; <see cref="LaneScheduler"/>
/// makes sure that it is one at a time. No caller's code runs in here. A pass:
/// <list type="number">
/// <item>applies what was posted: enter, again, leave, cancel, close;</item>
/// <item>places chats whose budget, gate or back-off is due;</item>
/// <item>grants, as far as the bot's budget goes;</item>
/// <item>refuses who waited long enough (which may let a successor go: back to 3);</item>
/// <item>forgets idle chats;</item>
/// <item>publishes the counters and says when it wants to run again.</item>
/// </list>
/// A chat with waiters is in one of three places: held (a call is in flight), in the heap until its time, or in a ready queue.
/// </summary>
internal sealed partial class LaneLoop
{
    private const int LanesKeptMin = 1024;

    private readonly Bot _bot;
    private readonly LaneSettings _settings;
    private readonly TimeProvider _time;
    private readonly long _ticksPerSecond;
    private readonly LanesMetrics.OfBot _metrics;
    private readonly Dictionary<long, ChatLane> _lanes = [];
    private readonly Stack<LaneQueue> _queues = new();
    private readonly DueHeap<LaneQueue> _later = new();
    private readonly DueHeap<LaneEntry> _deadlines = new();
    private readonly ReadyQueues _ready = new();
    private readonly IdleLanes _idle;
    private readonly FloodGate _gate;
    private readonly LocalBudget _budget;
    private readonly int[] _waiting = new int[ReadyQueues.Priorities];
    private int _inFlight;
    private bool _isClosed;
    private long _budgetAt = long.MaxValue;

    public LaneLoop(Bot bot, LaneSettings settings, TimeProvider time, RedisBudget? shared = null)
    {
        (_bot, _settings, _time, _ticksPerSecond) = (bot, settings, time, time.TimestampFrequency);
        long now = time.GetTimestamp();
        _metrics = new LanesMetrics.OfBot(bot.Name);
        _gate = new FloodGate(_ticksPerSecond);
        _budget = new LocalBudget(settings, _gate, time, now, shared is not null);
        (_shared, _booked) = (shared, shared is null ? null : new DueHeap<LaneEntry>());
        _idle = new IdleLanes(_ticksPerSecond, now);
        Published = new LaneCounters();
    }

    /// <summary>What the last pass left, for any thread.</summary>
    public LaneCounters Published { get; private init; }

    /// <summary>Runs one pass and returns when the next is due, ticks; long.MaxValue when only mail can change anything.</summary>
    public long Pass()
    {
        long now = _time.GetTimestamp();
        _gate.Sweep(now);

        // 1. What was posted.
        while (_mail is { } letter)
        {
            (_mail, letter.NextMail, _current) = (letter.NextMail, null, letter);
            Apply(letter, now);
        }

        _current = null;

        // 2. Chats whose time has come.
        while (_later.NextAt <= now) Place(_later.First!.Lane!, now);

        PassShared(now);

        // 3 and 4. Grants, then refusals, until neither changes anything.
        do GrantAll(now);
        while (RefuseExpired(now));

        // 5. Idle chats.
        Forget(now);

        // 6. Counters.
        Published.Publish(_waiting, _inFlight, _lanes.Count, _gate, _budget);
        long due = Math.Min(Math.Min(_later.NextAt, _deadlines.NextAt), Math.Min(_budgetAt, _idle.NextAt));
        return Math.Min(Math.Min(due, _gate.OpensNext), SharedAt(now));
    }

    private void Apply(LaneMail mail, long now)
    {
        switch (mail)
        {
            case LaneEntry { Step: LaneStep.Enter } entry:
                entry.Loop = this;
                Enter(entry, now);
                break;
            case LaneEntry entry when entry.Loop != this:
                // Granted by a loop that broke: its budgets went with it.
                if (entry.Step != LaneStep.Leave) Lose(entry);
                break;
            case LaneEntry { Step: LaneStep.Again } entry:
                Again(entry, now);
                break;
            case LaneEntry { Step: LaneStep.Reserved } entry:
                Reserved(entry, now);
                break;
            case LaneEntry entry:
                Leave(entry, now);
                break;
            case LaneProbed probed:
                Probed(probed.Reply, now);
                break;
            case LaneCancel cancel:
                if (cancel.Entry.IsAsking && cancel.Entry.Turn == cancel.Turn) cancel.Entry.IsGone = true;
                if (cancel.Entry.Loop != this || cancel.Entry.Queue < 0 || cancel.Entry.Turn != cancel.Turn) break;
                Refuse(cancel.Entry, LaneVerdict.Abandoned, LaneRefusal.Abandoned, now);
                break;
            case LaneStars stars:
                _budget.RestoreStars(stars.Day, stars.Stars);
                break;
            case LaneClose close:
                Close(now);
                close.Done.TrySetResult();
                break;
        }
    }

    private void Enter(LaneEntry entry, long now)
    {
        LaneRequest request = entry.Request;
        if (_isClosed)
        {
            Decide(entry, LaneVerdict.Abandoned, 0);
            return;
        }

        ChatLane lane = Find(request.Key, now);
        long wait = CertainTicks(lane, request, now, out long gateTicks);
        LaneRefusal refusal = LaneRefusal.None;
        if (_waiting[0] + _waiting[1] + _waiting[2] >= Limits.LanesWaitingMax) refusal = LaneRefusal.BotFull;
        else if (lane.Queue is { } waiters && waiters.Count >= _settings.LaneDepth) refusal = LaneRefusal.LaneFull;
        else if (wait > Ticks(request.MaxWaitMs)) refusal = LaneRefusal.TooLong;
        if (refusal != LaneRefusal.None)
        {
            _metrics.Refused(refusal);
            Decide(entry, LaneVerdict.Full, RetryAfterS(wait, gateTicks, request.MaxWaitMs));
            Rest(lane, now);
            return;
        }

        entry.NotBefore = 0;
        Wait(entry, lane, LaneQueue.QueueOf(request.Priority), now);
    }

    private void Again(LaneEntry entry, long now)
    {
        ChatLane lane = entry.Lane!;
        End(entry, lane, now);
        long notBefore = now + Ticks(entry.NotBeforeMs);
        long gateTicks = Math.Max(GateTicks(lane, now), notBefore - now);
        if (_isClosed || gateTicks > Ticks(entry.Request.MaxWaitMs))
        {
            if (!_isClosed) _metrics.Refused(LaneRefusal.TooLong);
            entry.Lane = null;
            Decide(entry, _isClosed ? LaneVerdict.Abandoned : LaneVerdict.Full, RetryAfterS(gateTicks, gateTicks, 0));
            Next(lane, now);
            return;
        }

        entry.NotBefore = notBefore;
        Wait(entry, lane, LaneQueue.Returning, now);
    }

    private void Leave(LaneEntry entry, long now)
    {
        ChatLane lane = entry.Lane!;
        End(entry, lane, now);
        _current = null;
        entry.Free();
        Next(lane, now);
    }

    // An attempt is over: its budget is settled, a 429 closes gates.
    private void End(LaneEntry entry, ChatLane lane, long now)
    {
        _inFlight--;
        lane.InFlight--;
        if (entry.Request.HoldsLane) lane.IsHeld = false;
        bool isFlood = entry.Outcome == SendOutcome.RetryAfter;
        _budget.Settle(lane, entry, entry.Outcome, now);
        if (entry.ReservedSecond != 0) _shared!.Settle(lane.Key, entry);
        if (!isFlood) return;
        _metrics.Flooded();
        bool closedBot = _gate.Hit(lane, entry.RetryAfterS, now);
        RefuseBehindGate(lane, now);
        if (!closedBot) return;
        _metrics.BotClosed();
        CloseBot(now);
    }

    private void Close(long now)
    {
        _isClosed = true;
        while (_deadlines.First is { } entry) Refuse(entry, LaneVerdict.Abandoned, LaneRefusal.Abandoned, now);
    }

    // ── waiting ──

    private void Wait(LaneEntry entry, ChatLane lane, int queue, long now)
    {
        entry.Lane = lane;
        entry.EnteredAt = now;
        entry.DueAt = now + Ticks(entry.Request.MaxWaitMs);
        LaneQueue waiters = lane.Queue ??= RentQueue(lane);
        waiters.Append(entry, queue);
        _deadlines.Add(entry);
        _waiting[(int)entry.Request.Priority]++;
        Next(lane, now);
    }

    private void Refuse(LaneEntry entry, LaneVerdict verdict, LaneRefusal reason, long now)
    {
        ChatLane lane = entry.Lane!;
        _waiting[(int)entry.Request.Priority]--;
        lane.Queue!.Remove(entry);
        entry.Lane = null;
        _metrics.Refused(reason);
        int retryAfterS = 0;
        if (verdict == LaneVerdict.Full)
        {
            long wait = CertainTicks(lane, entry.Request, now, out long gateTicks);
            retryAfterS = RetryAfterS(wait, gateTicks, entry.Request.MaxWaitMs);
        }

        Decide(entry, verdict, retryAfterS);
        Next(lane, now);
    }

    private bool RefuseExpired(long now)
    {
        if (_deadlines.NextAt > now) return false;
        while (_deadlines.NextAt <= now) Refuse(_deadlines.First!, LaneVerdict.Full, LaneRefusal.TimedOut, now);
        return true;
    }

    // Whoever would wait beyond its time for the chat's gate is told so at once.
    private void RefuseBehindGate(ChatLane lane, long now)
    {
        if (lane.Flood is not { } flood) return;
        for (int queue = LaneQueue.Returning; queue <= LaneQueue.QueueOf(LanePriority.Bulk); queue++)
        {
            LaneEntry? entry = lane.Queue?.FirstOf(queue);
            while (entry is not null)
            {
                LaneEntry? next = entry.After;
                if (entry.DueAt < flood.ClosedUntil) Refuse(entry, LaneVerdict.Full, LaneRefusal.TooLong, now);
                entry = next;
            }
        }
    }

    // ── places ──

    // After any change of a lane: its place again if another one is next now, else it keeps its turn.
    private void Next(ChatLane lane, long now)
    {
        if (lane.Queue is { Head: { } head } waiters && waiters.Ready >= 0 && waiters.Pick() == head && lane.Flood?.IsClosed(now) != true) return;
        Place(lane, now);
    }

    private void Place(ChatLane lane, long now)
    {
        if (lane.Queue is { } waiters)
        {
            _ready.Remove(waiters);
            _later.Remove(waiters);
            if (waiters.Pick() is { } head)
            {
                waiters.Head = head;
                if (!lane.IsHeld) PlaceReady(lane, waiters, head, now);
                return;
            }

            lane.Queue = null;
            waiters.Clear();
            if (_queues.Count < Limits.LaneEntriesPooledMax) _queues.Push(waiters);
        }

        Rest(lane, now);
    }

    private void PlaceReady(ChatLane lane, LaneQueue waiters, LaneEntry head, long now)
    {
        long ticks = _budget.ChatTicks(lane, head.Request.Weight, now);
        if (ticks == long.MaxValue) return;
        waiters.DueAt = Math.Max(Math.Max(now + ticks, head.NotBefore), lane.Flood?.ClosedUntil ?? 0);
        if (waiters.DueAt > now) _later.Add(waiters);
        else _ready.Append(waiters);
    }

    private LaneQueue RentQueue(ChatLane lane)
    {
        LaneQueue waiters = _queues.TryPop(out LaneQueue? pooled) ? pooled : new LaneQueue();
        waiters.Lane = lane;
        return waiters;
    }

    // ── grants ──

    private void GrantAll(long now)
    {
        long heldUntil = Math.Max(_gate.BotClosedUntil, _heldUntil);
        if (heldUntil > now)
        {
            _budgetAt = heldUntil;
            return;
        }

        _budgetAt = long.MaxValue;
        while (!(_isCareful && _asking > 0) && _ready.TakeNext(_budget, now, out _budgetAt) is { } waiters) Grant(waiters, now);
    }

    private void Grant(LaneQueue waiters, long now)
    {
        (ChatLane lane, LaneEntry entry) = (waiters.Lane!, waiters.Head!);
        LaneRequest request = entry.Request;
        waiters.Take(entry);
        _ready.Remove(waiters);
        _ready.Granted(entry);
        _waiting[(int)request.Priority]--;
        _inFlight++;
        lane.InFlight++;
        if (request.HoldsLane) lane.IsHeld = true;
        _budget.Fly(lane, entry, now);
        entry.ReservedSecond = 0;
        if (_shared is null || _isAlone) Go(entry, now);
        else Ask(entry);
        Place(lane, now);
    }

    private void Go(LaneEntry entry, long now)
    {
        LaneRequest request = entry.Request;
        _metrics.Granted(request.Priority, (now - entry.EnteredAt) / (double)_ticksPerSecond);
        if (entry.ByStars) _metrics.Paid(request.Weight);
        Decide(entry, LaneVerdict.Granted, 0);
    }

    // ── chats ──

    private ChatLane Find(LaneKey key, long now)
    {
        if (key.IsNone) return _budget.Open(key, now);
        if (_lanes.TryGetValue(key.Value, out ChatLane? lane)) return lane;
        lane = _budget.Open(key, now);
        _lanes.Add(key.Value, lane);
        return lane;
    }

    private void Rest(ChatLane lane, long now)
    {
        if (lane.IsIdle && !lane.IsListedIdle && !lane.Key.IsNone) _idle.Add(lane, _budget.ForgetAt(lane, now));
    }

    private void Forget(long now)
    {
        for (int looked = 0; looked < Limits.LaneEvictionsPerPass && _idle.Next(now) is { } lane; looked++)
        {
            if (!lane.IsIdle) continue;
            long at = _budget.ForgetAt(lane, now);
            if (at > now || lane.Flood is not null) _idle.Add(lane, at);
            else _lanes.Remove(lane.Key.Value);
        }

        int capacity = _lanes.Capacity;
        if (capacity > LanesKeptMin && _lanes.Count < capacity / 8) _lanes.TrimExcess(Math.Max(_lanes.Count * 2, LanesKeptMin / 2));
    }

    // ── times ──

    private long CertainTicks(ChatLane lane, in LaneRequest request, long now, out long gateTicks)
    {
        gateTicks = GateTicks(lane, now);
        long ahead = lane.Queue?.WeightAhead(request.Priority) ?? 0;
        return Math.Max(gateTicks, _budget.CertainTicks(lane, ahead, request.Weight, now));
    }

    private long GateTicks(ChatLane lane, long now) =>
        Math.Max(0, Math.Max(_gate.BotClosedUntil, lane.Flood?.ClosedUntil ?? 0) - now);

    // A closed gate is closed; of the queue only what the caller could not have waited for here.
    private int RetryAfterS(long waitTicks, long gateTicks, int maxWaitMs)
    {
        long ticks = Math.Max(gateTicks, waitTicks - Ticks(maxWaitMs));
        return (int)Math.Clamp((ticks + _ticksPerSecond - 1) / _ticksPerSecond, 1, Limits.LaneRetryAfterSMax);
    }

    private long Ticks(int ms) => Math.Max(0, ms) * (_ticksPerSecond / 1000);
}
