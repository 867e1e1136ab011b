using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// Brings one subscription's updates from the journal to its consumer. One task owns all state; everything else talks to it through its
/// mailbox. A turn:
/// 1. take what the mailbox holds (ended attempts, due retries, journal growth, a flush that wants the state);
/// 2. keys whose retry is due get in line for a slot;
/// 3. read on while slots might run empty and the bound on unfinished records allows; the journal on disk is the back-pressure;
/// 4. fill free slots, one record a key;
/// 5. sleep until the mailbox has something.
/// </summary>
internal sealed partial class FanoutLoop : IDisposable
{
    private readonly Subscription _subscription;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IJournalReader _next;
    private readonly IJournalReader _at;
    private readonly Courier _courier;
    private readonly Channel<DeliveryReport> _mailbox;
    private readonly KeyTable _keys = new();
    private readonly DeliveryWindow _window;
    private readonly CursorRow _restored;
    private readonly CancellationTokenSource _readStop = new();
    private readonly CancellationTokenSource _bringStop = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly Action _onMore;
    private readonly Func<bool>? _mayDeliver;
    private readonly Action? _onIdle;
    private readonly ITimer _timer;
    private ValueTaskAwaiter _more;
    private bool _waitingForMore;
    private bool _stopping;
    private bool _disabled;
    private bool _halted;
    private int _inFlight;
    private int _bringing;
    private long _lowAsked = -1;
    private int _timerPosted;
    private long _timerDueUnixMs = long.MaxValue;
    private long _position;
    private long _goneSinceUnixMs;
    private long _averageBytes = 1_024;
    private long _lost;
    private long _expiredUnlogged;
    private long _expiredLoggedUnixMs;
    private string? _lastError;
    private volatile int _parts = 1;
    private volatile bool _restoring = true;
    private volatile bool _dirty = true;
    private volatile LoopFigures _figures;
    private Task _running = Task.CompletedTask;

    /// <param name="start">Where it goes on.</param>
    /// <param name="mayDeliver">Asked right before each delivery: false, which is final, when the log is no longer ours. Null: always.</param>
    /// <param name="onIdle">Called when there is nothing to do and something to store.</param>
    public FanoutLoop(
        Subscription subscription, IUpdateLog journal, HttpSink sink, ReplyMethod replyMethod, CursorRow start,
        TimeProvider time, ILogger logger, Func<bool>? mayDeliver = null, Action? onIdle = null)
    {
        (_subscription, _time, _logger, _restored, _position) = (subscription, time, logger, start, start.Position);
        (_mayDeliver, _onIdle) = (mayDeliver, onIdle);
        _goneSinceUnixMs = start.Disabled ? 0 : start.GoneSinceUnixMs; // A restart gives a disabled consumer a new chance.
        int slots = Math.Clamp(subscription.MaxInFlight, 1, Limits.InFlightMax);
        _window = new DeliveryWindow(slots);

        // Two messages an attempt, and the few that come from outside: never full, so no report is lost or waits.
        _mailbox = Channel.CreateBounded<DeliveryReport>(new BoundedChannelOptions((2 * slots) + 64) { SingleReader = true });
        _courier = new Courier(subscription, sink, replyMethod, _mailbox.Writer, mayDeliver, time, logger);
        _next = journal.OpenReader(start.Position);
        _at = journal.OpenReader(start.Position);
        _onMore = () => _mailbox.Writer.TryWrite(new DeliveryReport(DeliveryReportKind.More));
        _timer = time.CreateTimer(static loop => ((FanoutLoop)loop!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _figures = Figures(start.Outstanding.Length > 0 ? start.Outstanding[0] : start.Position);
    }

    public Subscription Subscription => _subscription;

    public string Id => _subscription.Id;

    /// <summary>The state has changed since the last capture. Not while it is being restored: what is stored is the state.</summary>
    public bool Dirty => _dirty && !_restoring;

    /// <summary>As of the last capture. Any thread.</summary>
    public LoopFigures Current => _figures;

    /// <summary>What Start continues from, as a row.</summary>
    public CursorCapture StartCapture()
    {
        long low = _restored.Outstanding.Length > 0 ? _restored.Outstanding[0] : _restored.Position;
        return new CursorCapture(_subscription.CursorKey, _restored.Position, low, false, CursorCodec.Encode(_restored));
    }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>No new attempts; completes when those that run have ended. Once.</summary>
    public Task StopAsync()
    {
        _bringStop.Cancel(); // Here, since a loop that restores does not look at its mailbox.
        _mailbox.Writer.TryWrite(new DeliveryReport(DeliveryReportKind.Stop));
        return _running;
    }

    /// <summary>This loop is one of so many of its subscription in this process, 1 or more: they share its slots and bounds. Any thread.</summary>
    public void Share(int parts)
    {
        _parts = parts;
        _mailbox.Writer.TryWrite(new DeliveryReport(DeliveryReportKind.Share));
    }

    /// <summary>Ends the attempts that still run.</summary>
    public void CutOff() => _cut.Cancel();

    /// <summary>Whether method calls from replies run: they outlive the loop.</summary>
    public bool HasCalls => _courier.Calls > 0;

    /// <inheritdoc cref="Courier.EndCallsAsync"/>
    public Task EndCallsAsync(CancellationToken cut) => _courier.EndCallsAsync(cut);

    /// <summary>The state to store now. One caller at a time.</summary>
    public Task<CursorCapture> CaptureAsync()
    {
        var wanted = new TaskCompletionSource<CursorCapture>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_mailbox.Writer.TryWrite(new DeliveryReport(DeliveryReportKind.Capture, Capture: wanted))) wanted.SetResult(Capture());
        return wanted.Task;
    }

    /// <summary>The last capture was not stored.</summary>
    public void MarkDirty() => _dirty = true;

    /// <summary>After the last capture.</summary>
    public void Dispose()
    {
        _next.Dispose();
        _at.Dispose();
        _timer.Dispose();
        _readStop.Dispose();
        _bringStop.Dispose();
        _cut.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            _restoring = !await RestoreAsync().ConfigureAwait(false);
            while (true)
            {
                while (_mailbox.Reader.TryRead(out DeliveryReport report)) Take(report);
                if (_stopping && _inFlight + _bringing == 0 && !_waitingForMore) break;
                if (!_stopping && !_disabled && !_halted && !_restoring && Turn())
                {
                    await Task.Yield(); // A long backlog must not keep the thread from other loops.
                    continue;
                }

                ArmTimer();
                if (_onIdle is not null && _dirty && _inFlight == 0) _onIdle();
                if (!await _mailbox.Reader.WaitToReadAsync().ConfigureAwait(false)) break;
            }
        }
        catch (Exception error)
        {
            LogBroken(_logger, Id, error);
            _lastError = "stopped by an internal error: " + error.GetType().Name;
            _disabled = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        _mailbox.Writer.Complete();
        while (_mailbox.Reader.TryRead(out DeliveryReport late)) late.Capture?.SetResult(Capture());
        _figures = Figures(_keys.Lowest(_position));
    }

    /// <returns>True when there may be more to read at once.</returns>
    private bool Turn()
    {
        long nowUnixMs = Now();
        while (!_window.Down && _keys.TakeParked(nowUnixMs) is { } due) _keys.MakeReady(due);
        bool again = Read(nowUnixMs);
        Dispatch(nowUnixMs);
        return again;
    }

    private void Take(in DeliveryReport report)
    {
        switch (report.Kind)
        {
            case DeliveryReportKind.More:
                _waitingForMore = false;
                TakeMore();
                break;
            case DeliveryReportKind.Timer:
                Volatile.Write(ref _timerPosted, 0);
                _timerDueUnixMs = long.MaxValue;
                break;
            case DeliveryReportKind.Finished when report.Reply.Outcome == DeliveryOutcome.Delivered:
                _inFlight--;
                OnDelivered(report.Queue!);
                break;
            case DeliveryReportKind.Finished:
                _inFlight--;
                OnFailed(report.Queue!, report.Reply);
                break;
            case DeliveryReportKind.Brought:
                _bringing--;
                OnBrought(report.Queue);
                break;
            case DeliveryReportKind.Share:
                int parts = _parts;
                _window.SetMax(Math.Max(1, Math.Clamp(_subscription.MaxInFlight, 1, Limits.InFlightMax) / parts));
                _courier.CallsMax = Math.Max(1, Limits.ReplyCallsMax / parts);
                break;
            case DeliveryReportKind.Capture:
                report.Capture!.SetResult(Capture());
                break;
            case DeliveryReportKind.Stop:
                _stopping = true;
                _readStop.Cancel();
                break;
        }
    }

    private void TakeMore()
    {
        try
        {
            _more.GetResult();
        }
        catch (OperationCanceledException)
        {
            // The stop asked for it.
        }
    }

    private bool Read(long nowUnixMs)
    {
        int readyMax = Math.Max(16, _window.Size * Limits.FanoutReadyPerSlot);
        int outstandingMax = Math.Max(16, (_window.Down ? Limits.FanoutDownReadAheadMax : Limits.FanoutOutstandingMax) / _parts);
        for (int i = 0; i < Limits.FanoutReadBurst && !_halted; i++)
        {
            if (_waitingForMore || _keys.ReadyKeys >= readyMax || _keys.Outstanding >= outstandingMax) return false;
            if (!_next.TryReadNext(out JournalRecord record))
            {
                _more = _next.WaitForMoreAsync(_readStop.Token).GetAwaiter();
                if (_more.IsCompleted)
                {
                    TakeMore();
                    continue;
                }

                _waitingForMore = true;
                _more.UnsafeOnCompleted(_onMore);
                return false;
            }

            _position = record.NextPosition;
            long bytes = _mayDeliver is null ? record.NextPosition - record.Position : RecordCodec.TotalBytes(record.Body.Length);
            _averageBytes += (bytes - _averageBytes) / 16;
            _dirty = true;
            if (record.BotId != _subscription.Bot.Id || !_subscription.Filter.Matches(record.Envelope, record.Body.Span)) continue;
            if (IsExpired(record.Envelope.Kind, record.ReceivedUnixMs, nowUnixMs)) continue;
            KeyQueue queue = _keys.Add(record.Envelope.Key, record.Position);
            if (queue.State != KeyState.Idle) continue;
            if (_keys.ReadyKeys == 0 && _inFlight < _window.Size && !_window.Down) Begin(queue, record);
            else _keys.MakeReady(queue);
        }

        return true;
    }

    private void Dispatch(long nowUnixMs)
    {
        if (_window.Down && _window.Probe is null && nowUnixMs >= _window.ProbeDueUnixMs) DropExpiredParked(nowUnixMs);
        while (!_halted && _inFlight + _bringing < _window.Size && TakeCandidate(nowUnixMs) is { } queue) Try(queue, nowUnixMs);
    }

    /// <summary>The head of a key that has a slot: delivered, or brought first, or passed over.</summary>
    private void Try(KeyQueue queue, long nowUnixMs)
    {
        RecordLook look = _at.LookAt(queue.Head, out JournalRecord record);
        if (look == RecordLook.Away)
        {
            if (_window.Down) _window.Probe = queue;
            queue.State = KeyState.Away;
            Bring(queue, queue.Head, queue.WasBrought ? Limits.FanoutBringRetryMs : 0);
        }
        else if (look == RecordLook.Gone || IsExpired(record.Envelope.Kind, record.ReceivedUnixMs, nowUnixMs))
        {
            if (look == RecordLook.Gone) CountLost(1);
            if (_window.Probe == queue) _window.Probe = null;
            _keys.FinishHead(queue);
            _keys.Free(queue);
        }
        else
        {
            if (_window.Down) _window.Probe = queue;
            Begin(queue, record);
        }
    }

    // While down one key is tried at a time: one that was never tried before those that failed, so that poisoned keys alone cannot
    // keep a consumer down.
    private KeyQueue? TakeCandidate(long nowUnixMs)
    {
        if (!_window.Down) return _keys.TakeReady();
        if (_window.Probe is not null || nowUnixMs < _window.ProbeDueUnixMs) return null;
        return _keys.TakeFreshReady() ?? _keys.TakeParked(long.MaxValue - 1);
    }

    private void Begin(KeyQueue queue, in JournalRecord record)
    {
        if (_mayDeliver is not null && !_mayDeliver())
        {
            _halted = true; // The stop is on its way.
            _keys.MakeReady(queue);
            return;
        }

        int length = record.Body.Length;
        byte[] body = ArrayPool<byte>.Shared.Rent(length);
        record.Body.Span.CopyTo(body);
        queue.State = KeyState.InFlight;
        (queue.HeadReceivedUnixMs, queue.HeadKind) = (record.ReceivedUnixMs, record.Envelope.Kind);
        _inFlight++;
        _ = _courier.CarryAsync(queue, body, length, queue.Failures + 1, _cut.Token);
    }

    private void OnDelivered(KeyQueue queue)
    {
        long nowUnixMs = Now();
        FanoutMetrics.Delivered(Id, (nowUnixMs - queue.HeadReceivedUnixMs) / 1_000.0);
        _dirty = true;
        _goneSinceUnixMs = 0;
        _keys.FinishHead(queue);
        _keys.Free(queue);
        if (_window.OnSuccess()) LogUp(_logger, Id, _keys.Outstanding);
    }

    private void OnFailed(KeyQueue queue, in DeliveryReply reply)
    {
        if (reply.Outcome == DeliveryOutcome.Stopped)
        {
            _keys.MakeReady(queue);
            return;
        }

        long nowUnixMs = Now();
        _dirty = true;
        _lastError = reply.Error;
        queue.Failures++;
        if (queue.FirstFailedUnixMs == 0) queue.FirstFailedUnixMs = nowUnixMs;
        if (queue.Failures == 2 && !_window.Down)
        {
            LogParked(_logger, Id, queue.Key.Scope, queue.Key.Id, reply.Error, queue.Count);
        }

        _keys.Park(queue, nowUnixMs + RetrySchedule.DelayMs(queue.Failures, reply.RetryAfterS, Random.Shared));
        if (_window.OnFailure(queue, reply, nowUnixMs, Random.Shared)) LogDown(_logger, Id, reply.Error);
        if (reply.Outcome == DeliveryOutcome.Gone)
        {
            if (_goneSinceUnixMs == 0) _goneSinceUnixMs = nowUnixMs;
            if (nowUnixMs - _goneSinceUnixMs < Limits.GoneHours * 3_600_000L || _disabled) return;
            _disabled = true;
            LogDisabled(_logger, Id, Limits.GoneHours);
        }
        else if (reply.Status != 0)
        {
            _goneSinceUnixMs = 0;
        }
    }
}
