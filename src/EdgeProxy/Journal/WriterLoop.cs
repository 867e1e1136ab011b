using System.Diagnostics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// The one writer, on a thread of its own. It owns the active file, the dedupe window and the batch. Per round:
/// 1. take what is queued; 2. drop duplicates; 3. copy the rest into the batch buffer; 4. write and fdatasync once;
/// 5. remember the ids, publish the tail, wake the readers; 6. hand the batch over for completion.
/// When the disk fails, the batch is refused, nothing of it is remembered, and the next try goes to a fresh segment: after a failed fsync
/// the kernel may call the same pages clean. The old segment is sealed at its durable end, which the new header records.
/// </summary>
internal sealed partial class WriterLoop
{
    private readonly AppendQueue _queue;
    private readonly ILogger _log;
    private readonly SegmentRoll _segments;
    private readonly DedupeWindow _window;
    private readonly Action _wakeReaders;
    private readonly BatchIds _batchIds = new(Limits.JournalBatchRecordsMax);
    private readonly CommitBatchPool _batches = new();
    private readonly CompletionLoop _completions = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Limits.JournalBatchBytesMax, pinned: true);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AppendRequest? _pending;
    private AppendOutcome _faultOutcome;
    private string? _fault;
    private long _lastProbe;
    private long _tail;
    private int _lastBatch;
    private bool _isStopping;

    public WriterLoop(
        JournalSettings settings, TimeProvider time, ILogger log, AppendQueue queue, RecoveredJournal recovered, Action wakeReaders)
    {
        _queue = queue;
        _log = log;
        _wakeReaders = wakeReaders;
        _window = recovered.Window;
        _segments = new SegmentRoll(settings, time, log, recovered);
        _tail = _segments.Active.End;
    }

    public Segment[] Segments => _segments.All;
    public long Tail => Volatile.Read(ref _tail);
    public string? Fault => Volatile.Read(ref _fault);

    public void Start()
    {
        _completions.Start();
        new Thread(Run) { IsBackground = true, Name = "journal writer" }.Start();
    }

    public async Task StopAsync()
    {
        Volatile.Write(ref _isStopping, true);
        _queue.Wake();
        await _stopped.Task;
        await _segments.CloseAsync(_window, Tail);
    }

    public void ReleaseBefore(long position)
    {
        if (_segments.Release(position))
            _queue.Wake();
    }

    private void Run()
    {
        while (true)
        {
            _segments.DeleteReleased();
            Gather();
            _pending ??= _queue.TakeAll();
            if (_pending is not null)
            {
                RunBatch();
                continue;
            }
            if (Volatile.Read(ref _isStopping) && _queue.TryClose())
                break;
            _queue.PrepareSleep(1);
            if (Volatile.Read(ref _isStopping) || _segments.HasReleases)
                _queue.Sleep(0, 0);
            else
                _queue.Sleep(1, _fault is null ? -1 : Limits.JournalProbeMs * 1000L);
            if (_fault is not null && _pending is null && _queue.Records == 0)
                TryClearFault();
        }
        _completions.Stop();
        _stopped.SetResult();
    }

    /// <summary>
    /// Senders that were just answered come again at once: waiting a moment for as many as the last batch had lets them share one fdatasync. A few
    /// are never waited for: they are answered sooner one by one.
    /// </summary>
    private void Gather()
    {
        var wanted = _lastBatch;
        if (_pending is not null || wanted < Limits.JournalGatherRecordsMin || _queue.Records >= wanted)
            return;
        _queue.PrepareSleep(wanted);
        if (Volatile.Read(ref _isStopping))
            _queue.Sleep(0, 0);
        else
            _queue.Sleep(wanted, Limits.JournalGatherUs);
    }

    private void RunBatch()
    {
        var batch = _batches.Rent();
        _batchIds.Clear();
        var used = Collect(batch);
        if (used > 0)
            Commit(batch, used);
        var bytes = 0L;
        foreach (var request in batch.Requests)
            bytes += request!.Body.Length;
        _lastBatch = batch.Count;
        _queue.Done(batch.Count, bytes);
        batch.Dispatch(_completions);
    }

    /// <summary>
    /// Moves pending requests into the batch and their records into the buffer. Returns the bytes to write; 0 when all was decided
    /// without.
    /// </summary>
    private int Collect(CommitBatch batch)
    {
        var used = 0;
        while (_pending is { } request && batch.Count < Limits.JournalBatchRecordsMax)
        {
            ref var header = ref request.Header;
            if (_window.Contains(header.BotId, header.Envelope.UpdateId, header.ReceivedUnixMs))
                request.Outcome = AppendOutcome.Duplicate;
            else if (_fault is not null && !TryClearFault())
                request.Outcome = _faultOutcome;
            else
            {
                if (used > 0 && (used + header.TotalBytes > _buffer.Length || !_segments.HasRoom(used + header.TotalBytes)))
                    break;
                if (used == 0 && !_segments.HasRoom(header.TotalBytes) && !TryRoll())
                    request.Outcome = _faultOutcome;
                else if (!_batchIds.Add(header.BotId, header.Envelope.UpdateId))
                    request.Outcome = AppendOutcome.Duplicate;
                else
                {
                    request.Outcome = AppendOutcome.Appended;
                    header.Position = _segments.Active.End + used;
                    header.BatchDelta = used;
                    RecordCodec.Write(_buffer.AsSpan(used, header.TotalBytes), header, request.Body.Span);
                    used += header.TotalBytes;
                }
            }
            _pending = request.Next;
            request.Next = null;
            batch.Add(request);
        }
        return used;
    }

    private void Commit(CommitBatch batch, int used)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            _segments.Write(_buffer.AsSpan(0, used));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SetFault(AppendOutcome.DiskFailed, e.Message);
            Refuse(batch);
            return;
        }
        JournalMetrics.SyncSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        var records = 0;
        foreach (var request in batch.Requests)
        {
            if (request!.Outcome is not AppendOutcome.Appended)
                continue;
            records++;
            _window.Add(request.Header.BotId, request.Header.Envelope.UpdateId, request.Header.ReceivedUnixMs);
            if (_segments.Active.FirstUnixMs == 0)
                _segments.Active.FirstUnixMs = request.Header.ReceivedUnixMs;
        }
        JournalMetrics.BatchRecords.Record(records);
        Volatile.Write(ref _tail, _segments.Active.End);
        _wakeReaders();
        _segments.PrepareNext();
    }

    /// <summary>
    /// Nothing of the batch is on disk. A duplicate of an older, durable record stays one; a duplicate within the batch does not.
    /// </summary>
    private void Refuse(CommitBatch batch)
    {
        foreach (var request in batch.Requests)
        {
            ref var header = ref request!.Header;
            if (request.Outcome is AppendOutcome.Appended || (request.Outcome is AppendOutcome.Duplicate &&
                !_window.Contains(header.BotId, header.Envelope.UpdateId, header.ReceivedUnixMs)))
                request.Outcome = AppendOutcome.DiskFailed;
        }
    }

    /// <summary>A faulty disk is tried once per <see cref="Limits.JournalProbeMs"/>, by opening a fresh segment.</summary>
    private bool TryClearFault()
    {
        if (Stopwatch.GetElapsedTime(_lastProbe).TotalMilliseconds < Limits.JournalProbeMs || !TryRoll())
            return false;
        Volatile.Write(ref _fault, null);
        DiskWell(_log);
        return true;
    }

    /// <summary>False: the fault says why.</summary>
    private bool TryRoll()
    {
        _lastProbe = Stopwatch.GetTimestamp();
        if (_segments.IsFull(out var text))
        {
            SetFault(AppendOutcome.Full, text);
            return false;
        }
        try
        {
            _segments.Roll();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SetFault(AppendOutcome.DiskFailed, e.Message);
            return false;
        }
        Volatile.Write(ref _tail, _segments.Active.End);
        _segments.SaveSnapshot(_window, _tail);
        return true;
    }

    private void SetFault(AppendOutcome outcome, string text)
    {
        _faultOutcome = outcome;
        _lastProbe = Stopwatch.GetTimestamp();
        if (Interlocked.Exchange(ref _fault, text) != text)
            DiskFault(_log, text);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Journal: updates are refused: {Fault}")]
    private static partial void DiskFault(ILogger log, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Journal: the disk takes writes again")]
    private static partial void DiskWell(ILogger log);
}
