using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>Capturing, expiry, time and logs.</summary>
internal sealed partial class FanoutLoop
{
    private CursorCapture Capture()
    {
        _dirty = false;
        SumUpExpired(Now());
        var outstanding = new long[_keys.Outstanding];
        _keys.CopyOutstandingTo(outstanding);
        var failing = new List<ParkedKey>();
        foreach (KeyQueue queue in _keys.Queues)
        {
            // One that is tried just now fails again after a crash: it keeps its count, and its time is now.
            if (queue.Failures > 0) failing.Add(new ParkedKey(queue.Key, queue.Failures, queue.DueUnixMs, queue.FirstFailedUnixMs));
        }

        long low = _keys.Lowest(_position);
        _figures = Figures(low);
        byte[] blob = CursorCodec.Encode(new CursorRow(_position, _goneSinceUnixMs, _disabled, outstanding, [.. failing]));
        return new CursorCapture(_subscription.CursorKey, _position, low, _disabled, blob);
    }

    private LoopFigures Figures(long low)
    {
        long receivedUnixMs = 0;
        if (_keys.Outstanding > 0)
        {
            LoopFigures before = _figures;
            if (before.Low == low) receivedUnixMs = before.LowReceivedUnixMs;
            if (receivedUnixMs == 0)
            {
                RecordLook look = _at.LookAt(low, out JournalRecord record);
                if (look == RecordLook.Found) receivedUnixMs = record.ReceivedUnixMs;
                else if (look == RecordLook.Away && _lowAsked != low && !_stopping) Bring(null, _lowAsked = low, 0);
            }
        }

        SubscriptionState state = _disabled
            ? SubscriptionState.Disabled : _window.Down ? SubscriptionState.Down : SubscriptionState.Running;
        return new LoopFigures(
            state, _position, low, receivedUnixMs, _keys.Outstanding, _inFlight, _window.Size, _keys.ParkedKeys, _keys.ParkedRecords,
            _averageBytes, _lost, _lastError);
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private void ArmTimer()
    {
        if (_stopping || _disabled || _halted) return;
        long due = _window.Down
            ? _inFlight + _bringing == 0 && _keys.Outstanding > 0 ? _window.ProbeDueUnixMs : long.MaxValue
            : _keys.NextDueUnixMs();
        if (due == _timerDueUnixMs) return;
        _timerDueUnixMs = due;
        TimeSpan wait = due == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(0, due - Now()));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        if (Interlocked.Exchange(ref _timerPosted, 1) == 0) _mailbox.Writer.TryWrite(new DeliveryReport(DeliveryReportKind.Timer));
    }

    private bool IsExpired(UpdateKind kind, long receivedUnixMs, long nowUnixMs)
    {
        if (nowUnixMs - receivedUnixMs < UpdateKinds.Expiry(kind).TotalMilliseconds) return false;
        FanoutMetrics.Expired(Id, kind);
        _dirty = true;
        _expiredUnlogged++;
        SumUpExpired(nowUnixMs);
        return true;
    }

    private void SumUpExpired(long nowUnixMs)
    {
        if (_expiredUnlogged == 0 || nowUnixMs - _expiredLoggedUnixMs < Limits.ExpiredLogMs) return;
        LogExpired(_logger, Id, _expiredUnlogged);
        _expiredUnlogged = 0;
        _expiredLoggedUnixMs = nowUnixMs;
    }

    // An outage can outlast updates that no probe comes to: they must not hold the journal. A parked head was seen before, so its age is known
    // though it may be away.
    private void DropExpiredParked(long nowUnixMs)
    {
        foreach (KeyQueue queue in _keys.Queues)
        {
            if (queue.State != KeyState.Parked) continue;
            bool kept = _at.LookAt(queue.Head, out _) != RecordLook.Gone;
            if (kept && !IsExpired(queue.HeadKind, queue.HeadReceivedUnixMs, nowUnixMs)) continue;
            if (!kept) CountLost(1);
            _keys.Unpark(queue);
            _keys.FinishHead(queue);
            _keys.Free(queue);
        }
    }

    private void CountLost(long count)
    {
        _lost += count;
        _dirty = true;
        FanoutMetrics.Lost(Id, count);
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Subscription {Subscription}: {Scope} {Key} is parked, {Error}; {Waiting} updates of it wait, others go on")]
    private static partial void LogParked(ILogger logger, string subscription, QueueScope scope, long key, string? error, int waiting);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Subscription {Subscription}: consumer is down ({Error}); one update at a time is tried")]
    private static partial void LogDown(ILogger logger, string subscription, string? error);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Subscription {Subscription}: consumer is up again, {Waiting} updates read and waiting")]
    private static partial void LogUp(ILogger logger, string subscription, int waiting);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Subscription {Subscription}: {Count} updates expired before they could be delivered")]
    private static partial void LogExpired(ILogger logger, string subscription, long count);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Subscription {Subscription}: disabled, the consumer has answered 410 for {Hours} h; a restart tries it again")]
    private static partial void LogDisabled(ILogger logger, string subscription, int hours);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Subscription {Subscription}: {Count} undelivered updates are no longer in the journal")]
    private static partial void LogLost(ILogger logger, string subscription, long count);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Subscription {Subscription}: its loop broke; it delivers nothing until a restart")]
    private static partial void LogBroken(ILogger logger, string subscription, Exception error);
}
