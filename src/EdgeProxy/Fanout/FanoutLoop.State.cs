using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>Restoring, capturing, expiry, time and logs.</summary>
internal sealed partial class FanoutLoop
{
    // 1. What was read and not finished gets back into its keys, in order. 2. Failing keys keep attempts and due time.
    private void Restore()
    {
        long gone = 0;
        foreach (long position in _restored.Outstanding)
        {
            if (_at.LookAt(position, out JournalRecord record) != RecordLook.Found)
            {
                gone++;
                continue;
            }

            // The filter may have changed meanwhile.
            if (record.BotId == _subscription.Bot.Id && _subscription.Filter.Matches(record.Envelope, record.Body.Span))
            {
                _keys.Add(record.Envelope.Key, position);
            }
        }

        foreach (ParkedKey parked in _restored.Parked)
        {
            if (_keys.Find(parked.Key) is not { State: KeyState.Idle } queue) continue;
            queue.Failures = parked.Failures;
            queue.FirstFailedUnixMs = parked.FirstFailedUnixMs;
            if (parked.DueUnixMs > 0) _keys.Park(queue, parked.DueUnixMs);
        }

        foreach (KeyQueue queue in _keys.Queues)
        {
            if (queue.State == KeyState.Idle) _keys.MakeReady(queue);
        }

        if (gone == 0) return;
        CountLost(gone);
        LogLost(_logger, Id, gone);
    }

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
        return new CursorCapture(Id, _position, low, _disabled, blob);
    }

    private LoopFigures Figures(long low)
    {
        long receivedUnixMs = 0;
        if (_keys.Outstanding > 0)
        {
            LoopFigures before = _figures;
            if (before.Low == low) receivedUnixMs = before.LowReceivedUnixMs;
            if (receivedUnixMs == 0 && _at.LookAt(low, out JournalRecord record) == RecordLook.Found) receivedUnixMs = record.ReceivedUnixMs;
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
        if (_stopping || _disabled) return;
        long due = _window.Down
            ? _inFlight == 0 && _keys.Outstanding > 0 ? _window.ProbeDueUnixMs : long.MaxValue
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

    private bool IsExpired(in JournalRecord record, long nowUnixMs)
    {
        if (nowUnixMs - record.ReceivedUnixMs < UpdateKinds.Expiry(record.Envelope.Kind).TotalMilliseconds) return false;
        FanoutMetrics.Expired(Id, record.Envelope.Kind);
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

    // An outage can outlast updates that no probe comes to: they must not hold the journal.
    private void DropExpiredParked(long nowUnixMs)
    {
        foreach (KeyQueue queue in _keys.Queues)
        {
            if (queue.State != KeyState.Parked) continue;
            bool kept = _at.LookAt(queue.Head, out JournalRecord record) == RecordLook.Found;
            if (kept && !IsExpired(record, nowUnixMs)) continue;
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
