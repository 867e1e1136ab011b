using System.Diagnostics;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>
/// The embedded journal: preallocated append-only segment files, one writer thread, one fdatasync per batch. A position is
/// the base of a segment plus the offset in its file. This class is the calm face of <see cref="WriterLoop"/> and <see
/// cref="SegmentReader"/>.
/// </summary>
internal sealed class SegmentJournal : IUpdateJournal, IUpdateLog
{
    private readonly AppendQueue _queue = new();
    private readonly AppendRequestPool _requests = new();
    private readonly TimeProvider _time;
    private readonly FolderLock _lock;
    private readonly WriterLoop _writer;
    private readonly int _bodyBytesMax;
    private readonly Lock _signalsLock = new();
    private ReaderSignal[] _signals = [];
    private int _isDisposed;

    private SegmentJournal(JournalSettings settings, TimeProvider time, ILogger log, FolderLock folderLock)
    {
        _time = time;
        _lock = folderLock;
        _bodyBytesMax = Math.Min(Limits.UpdateBytesMax, settings.SegmentBytes - SegmentHeader.Bytes - RecordCodec.HeaderBytes - 8);
        Corrupt = new CorruptPlaces(log);
        var recovery = new JournalRecovery(settings, time, log, Corrupt);
        var recovered = recovery.Run();
        ScannedAtStart = recovery.ScannedSegments;
        _writer = new WriterLoop(settings, time, log, _queue, recovered, WakeReaders);
        _writer.Start();
        JournalMetrics.Attach(this, time);
    }

    public CorruptPlaces Corrupt { get; }

    /// <summary>Segments that start-up had to read.</summary>
    public int ScannedAtStart { get; }

    public Segment[] Segments => _writer.Segments;

    public long Tail => _writer.Tail;

    /// <summary>Recovers the folder and starts the writer.</summary>
    /// <exception cref="JournalOpenException">Locked by another process, of a newer version, or not readable: the message is for the
    /// operator.</exception>
    public static SegmentJournal Open(JournalSettings settings, TimeProvider time, ILogger log)
    {
        if (settings.SegmentBytes < Limits.JournalSegmentBytesMin || settings.SegmentBytes % 4096 != 0)
            throw new JournalOpenException(
                $"The journal's segment size must be a multiple of 4096 and at least {Limits.JournalSegmentBytesMin} bytes.");
        if (settings.MaxBytes < 2L * settings.SegmentBytes)
            throw new JournalOpenException($"The journal's size bound must be at least two segments ({2L * settings.SegmentBytes} bytes).");
        FolderLock? folderLock = null;
        try
        {
            Directory.CreateDirectory(settings.Folder);
            folderLock = FolderLock.Take(settings.Folder);
            return new SegmentJournal(settings, time, log, folderLock);
        }
        catch (Exception e)
        {
            folderLock?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new JournalOpenException($"The journal folder {settings.Folder} cannot be opened: {e.Message}", e);
            throw;
        }
    }

    public ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, _bodyBytesMax, nameof(body));
        var request = _requests.Rent();
        ref var header = ref request.Header;
        header.Type = RecordType.Update;
        header.TotalBytes = RecordCodec.TotalBytes(body.Length);
        header.BodyBytes = body.Length;
        header.BodyCrc = Crc32C.Compute(body.Span);
        header.BotId = botId;
        header.ReceivedUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        header.Envelope = envelope;
        request.Body = body;
        request.EnqueuedAt = Stopwatch.GetTimestamp();
        var task = request.Task;
        var outcome = _queue.TryPush(request);
        if (outcome is AppendOutcome.Appended)
            return task;
        request.Body = default;
        _requests.Return(request);
        JournalMetrics.Refuse(outcome);
        return new ValueTask<AppendOutcome>(outcome);
    }

    public IJournalReader OpenReader(long position) => new SegmentReader(this, position);

    public void ReleaseBefore(long position) => _writer.ReleaseBefore(position);

    public JournalSnapshot Snapshot()
    {
        var segments = Segments;
        var bytes = 0L;
        foreach (var segment in segments)
            bytes += segment.Capacity;
        return new JournalSnapshot(
            segments[0].FirstRecord, Tail, segments[0].FirstUnixMs, segments.Length, bytes, _queue.Records, Corrupt.Count, _writer.Fault);
    }

    /// <summary>Stops accepting, finishes what is queued, writes the dedupe snapshot, lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await _writer.StopAsync();
        JournalMetrics.Detach(this);
        _queue.Dispose();
        _lock.Dispose();
    }

    public void Register(ReaderSignal signal)
    {
        lock (_signalsLock)
        {
            _signals = [.. _signals, signal];
        }
    }

    public void Unregister(ReaderSignal signal)
    {
        lock (_signalsLock)
        {
            _signals = Array.FindAll(_signals, s => !ReferenceEquals(s, signal));
        }
    }

    private void WakeReaders()
    {
        foreach (var signal in Volatile.Read(ref _signals))
            signal.Set();
    }
}
