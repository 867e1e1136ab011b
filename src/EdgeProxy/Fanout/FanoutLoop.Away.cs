using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>Restoring what was unfinished, and records that are on a server and not at hand. Over a journal on disk nothing is ever away.</summary>
internal sealed partial class FanoutLoop
{
    // 1. What was read and not finished gets back into its keys, in order; what is away is brought first, and with it what lies behind it. 2. Failing
    // keys keep attempts and due time. False when the stop came before the end: then what is stored stays as it is.
    private async Task<bool> RestoreAsync()
    {
        long gone = 0;
        foreach (long position in _restored.Outstanding)
        {
            int waitMs = 0;
            RecordLook look;
            while ((look = AddRestored(position)) == RecordLook.Away)
            {
                if (!await BringOneAsync(position, waitMs).ConfigureAwait(false)) return false;
                waitMs = Limits.FanoutBringRetryMs;
            }

            if (look == RecordLook.Gone) gone++;
        }

        if (_bringStop.IsCancellationRequested) return false;
        RestoreParked();
        if (gone == 0) return true;
        CountLost(gone);
        LogLost(_logger, Id, gone);
        return true;
    }

    /// <returns>False when the stop ended it.</returns>
    private async Task<bool> BringOneAsync(long position, int waitMs)
    {
        try
        {
            if (waitMs > 0) await Task.Delay(TimeSpan.FromMilliseconds(waitMs), _time, _bringStop.Token).ConfigureAwait(false);
            await _at.BringAsync(position, _bringStop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The stop asked for it.
        }

        return !_bringStop.IsCancellationRequested;
    }

    private RecordLook AddRestored(long position)
    {
        RecordLook look = _at.LookAt(position, out JournalRecord record);
        if (look != RecordLook.Found) return look;

        // The filter may have changed meanwhile.
        if (record.BotId != _subscription.Bot.Id || !_subscription.Filter.Matches(record.Envelope, record.Body.Span)) return look;
        KeyQueue queue = _keys.Add(record.Envelope.Key, position);
        if (queue.Count == 1) (queue.HeadReceivedUnixMs, queue.HeadKind) = (record.ReceivedUnixMs, record.Envelope.Kind);
        return look;
    }

    private void RestoreParked()
    {
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
    }

    private void Bring(KeyQueue? queue, long position, int waitMs)
    {
        _bringing++;
        _ = ReportAsync();

        async Task ReportAsync()
        {
            try
            {
                await BringOneAsync(position, waitMs).ConfigureAwait(false);
            }
            finally
            {
                _mailbox.Writer.TryWrite(new DeliveryReport(DeliveryReportKind.Brought, queue));
            }
        }
    }

    // Its slot was kept for it, unless the consumer went down meanwhile and another key is the probe.
    private void OnBrought(KeyQueue? queue)
    {
        if (queue is null)
        {
            _figures = Figures(_keys.Lowest(_position));
            return;
        }

        queue.WasBrought = true;
        bool hasSlot = _window.Down ? _window.Probe == queue : _inFlight + _bringing < _window.Size;
        if (hasSlot && !_stopping && !_disabled && !_halted) Try(queue, Now());
        else _keys.MakeReady(queue);
    }
}
