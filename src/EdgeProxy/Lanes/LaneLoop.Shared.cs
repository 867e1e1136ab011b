using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// In a cluster a turn of this process is a question first: Redis grants it, for now or for a moment shortly ahead, or says when to ask again, and
/// then the call stands where it stood, at no cost. While Redis is away each process goes on with its share of every rate. The way back is taken by
/// all at one moment, which Redis names: who finds it back first must not take the whole rate while others still use their shares.
/// </summary>
internal sealed partial class LaneLoop
{
    private readonly RedisBudget? _shared;

    // Granted, each for its moment (DueAt).
    private readonly DueHeap<LaneEntry>? _booked;

    // Weight that was asked for and not answered.
    private int _asking;

    // In a row: others are faster, so the next question comes a little later.
    private int _refusals;
    private long _heldUntil = long.MinValue;

    // The bot was refused something: one question at a time until one is granted, or all who wait would ask in vain.
    private bool _isCareful;

    private bool _isAlone;
    private bool _isProbing;

    // Redis has answered since it was away.
    private bool _isHeard;
    private long _probeAt = long.MaxValue;

    private void PassShared(long now)
    {
        if (_booked is null) return;
        while (_booked.NextAt <= now)
        {
            LaneEntry entry = _booked.First!;
            _current = entry;
            _booked.Remove(entry);
            Go(entry, now);
        }

        if (!_isAlone || _isProbing || _probeAt > now) return;
        _isProbing = true;
        _shared!.Probe(isBack: !_isHeard);
    }

    private long SharedAt(long now)
    {
        if (_booked is null) return long.MaxValue;
        return Math.Min(_booked.NextAt, _isAlone && !_isProbing ? Math.Max(_probeAt, now) : long.MaxValue);
    }

    // Until the answer nobody but its own letter knows it.
    private void Ask(LaneEntry entry)
    {
        _deadlines.Remove(entry);
        entry.IsAsking = true;
        _asking += entry.Request.Weight;
        _shared!.Ask(entry);
    }

    private void Reserved(LaneEntry entry, long now)
    {
        BudgetReply reply = entry.Reply;
        entry.IsAsking = false;
        _asking -= entry.Request.Weight;
        if (reply.Answer == BudgetAnswer.Granted)
        {
            Granted(entry, reply, now);
            return;
        }

        long until = now + Us(reply.WaitUs);
        TakeBack(entry, now);
        switch (reply.Answer)
        {
            case BudgetAnswer.ChatEmpty:
                entry.NotBefore = until;
                break;
            case BudgetAnswer.ChatClosed:
                _gate.Learn(entry.Lane!, until);
                break;
            case BudgetAnswer.BotEmpty:
                if (entry.ByStars) _budget.NoStarsUntil(now + Ticks(Limits.BudgetStarsAskMs));
                if (entry.ToTheLast) _ready.Owe(entry.Request.Priority);
                _isCareful = true;
                _refusals = Math.Min(_refusals + 1, Limits.BudgetRefusalsMax);
                Follow(reply.Level, now);
                break;
            case BudgetAnswer.BotClosed:
                _gate.HoldBot(until);
                break;
            case BudgetAnswer.Busy:
                _isCareful = true;
                _heldUntil = until;
                break;
            case BudgetAnswer.Alone:
                GoAlone(until, isHeard: true, now);
                break;
            default:
                GoAlone(now + Ticks(Limits.BudgetProbeMs), isHeard: false, now);
                break;
        }

        Return(entry, now);
        if (reply.Answer == BudgetAnswer.BotClosed) CloseBot(now);
    }

    private void Granted(LaneEntry entry, in BudgetReply reply, long now)
    {
        (_refusals, _isCareful) = (0, false);
        entry.ReservedSecond = reply.Second;
        _budget.Confirm(entry, reply.ByStars);
        Follow(reply.Level, now);
        if (reply.WaitUs == 0)
        {
            Go(entry, now);
            return;
        }

        entry.DueAt = now + Us(reply.WaitUs);
        _booked!.Add(entry);
        _current = null;
    }

    // The grant of this process is undone.
    private void TakeBack(LaneEntry entry, long now)
    {
        ChatLane lane = entry.Lane!;
        _inFlight--;
        lane.InFlight--;
        if (entry.Request.HoldsLane) lane.IsHeld = false;
        _budget.Settle(lane, entry, SendOutcome.Abandoned, now);
    }

    // It waits again, where it stood and for the rest of its time.
    private void Return(LaneEntry entry, long now)
    {
        ChatLane lane = entry.Lane!;
        if (_isClosed || entry.IsGone)
        {
            _metrics.Refused(LaneRefusal.Abandoned);
            entry.Lane = null;
            Decide(entry, LaneVerdict.Abandoned, 0);
            Next(lane, now);
            return;
        }

        entry.DueAt = entry.EnteredAt + Ticks(entry.Request.MaxWaitMs);
        LaneQueue waiters = lane.Queue ??= RentQueue(lane);
        waiters.PutBack(entry);
        _deadlines.Add(entry);
        _waiting[(int)entry.Request.Priority]++;
        Place(lane, now);
        RefuseBehindGate(lane, now);
    }

    // 429s closed it, whoever saw them.
    private void CloseBot(long now)
    {
        _budget.DrainBot(now);
        while (_deadlines.NextAt < _gate.BotClosedUntil) Refuse(_deadlines.First!, LaneVerdict.Full, LaneRefusal.TooLong, now);
    }

    // What others took is known only from answers; what is asked for is counted here already.
    private void Follow(double level, long now)
    {
        if (!_isAlone) _budget.Follow(level - _asking - _refusals, now);
    }

    private void Probed(in BudgetReply reply, long now)
    {
        _isProbing = false;
        if (!_isAlone) return;
        if (reply.Answer is BudgetAnswer.Alone or BudgetAnswer.Fault)
        {
            _isHeard = reply.Answer == BudgetAnswer.Alone;
            _probeAt = now + (_isHeard ? Us(reply.WaitUs) : Ticks(Limits.BudgetProbeMs));
            return;
        }

        _isAlone = false;
        (_refusals, _isCareful) = (0, false);
        _budget.Rejoin(now);
        _shared!.SetAlone(false, 1);
        Follow(reply.Level, now);
    }

    private void GoAlone(long probeAt, bool isHeard, long now)
    {
        // Late answers say nothing new: from here on the probes do.
        if (_isAlone) return;
        (_isAlone, _isCareful, _probeAt, _isHeard) = (true, false, probeAt, isHeard);
        double share = _shared!.Share;
        _budget.GoAlone(share, now);
        _shared.SetAlone(true, share);
    }

    private long Us(long us) => us * _ticksPerSecond / 1_000_000;
}
