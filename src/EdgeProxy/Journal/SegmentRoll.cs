using EdgeProxy.Primitives;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Journal;

/// <summary>The segments as the writer drives them: the active file, the next one in preparation, snapshots and retention. Writer's
/// thread only, but for
/// <see cref="All"/>, <see cref="Release"/> and what it starts in the background.</summary>
internal sealed partial class SegmentRoll
{
    private readonly JournalSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly byte[] _headerBlock = new byte[SegmentHeader.Bytes];
    private SafeFileHandle _file;
    private Segment[] _all;
    private Task<SafeFileHandle>? _next;
    private readonly CancellationTokenSource _closing = new();
    private Task _saving = Task.CompletedTask;
    private Task _deleting = Task.CompletedTask;
    private long _releasedBefore;
    private long _deletedBefore;

    public SegmentRoll(JournalSettings settings, TimeProvider time, ILogger log, RecoveredJournal recovered)
    {
        _settings = settings;
        _time = time;
        _log = log;
        _all = [.. recovered.Segments];
        _file = recovered.ActiveFile;
        Active = _all[^1];
    }

    public Segment[] All => Volatile.Read(ref _all);

    public Segment Active { get; private set; }

    public bool HasReleases => Volatile.Read(ref _releasedBefore) != _deletedBefore;

    public bool HasRoom(int bytes) => bytes <= Active.Base + Active.Capacity - Active.End;

    /// <summary>
    /// Makes the bytes durable at the end of the active segment and moves that end. Throws IOException; then the end has not moved.
    /// </summary>
    public void Write(ReadOnlySpan<byte> records)
    {
        RandomAccess.Write(_file, records, Active.End - Active.Base);
        NativeFile.DataSync(_file);
        Active.End += records.Length;
    }

    /// <summary>True when one more segment would exceed the size bound.</summary>
    public bool IsFull(out string text)
    {
        DeleteOldReleased();
        text = "";
        if (BytesWithNext() <= _settings.MaxBytes)
            return false;
        text = $"journal is full: {_all.Length} segments reach the bound of {_settings.MaxBytes} bytes; " +
            "consumers must catch up, or the bound must be raised";
        return true;
    }

    /// <summary>
    /// Half-way through a segment the next one is written in the background, so that the roll does not wait for 64 MiB of zeros; sooner in the
    /// small first one.
    /// </summary>
    public void PrepareNext()
    {
        var isEarly = Active.End - Active.Base < Active.Capacity / (Active.Capacity < _settings.SegmentBytes ? 8 : 2);
        if (_next is not null || isEarly || BytesWithNext() > _settings.MaxBytes)
            return;
        _next = CreateInBackground(Active.Base + Active.Capacity);
    }

    /// <summary>
    /// A method of its own: the closure would otherwise be allocated on every call of PrepareNext, that is per batch. On a thread of its own: it
    /// waits for the disk all the time, and on one core the pool has but one.
    /// </summary>
    private Task<SafeFileHandle> CreateInBackground(long start) => Task.Factory.StartNew(
        () => SegmentFile.Create(_settings.Folder, start, _settings.SegmentBytes, inSteps: true, _closing.Token),
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Seals the active segment and opens the next. Throws IOException; then nothing has changed.</summary>
    public void Roll()
    {
        var start = Active.Base + Active.Capacity;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var file = TakePrepared() ?? SegmentFile.Create(_settings.Folder, start, _settings.SegmentBytes);
        var path = SegmentFile.PathOf(_settings.Folder, start);
        try
        {
            new SegmentHeader(SegmentHeader.CurrentVersion, start, now, _settings.SegmentBytes, Active.End).Write(_headerBlock);
            RandomAccess.Write(file, _headerBlock, 0);
            NativeFile.DataSync(file);
        }
        catch
        {
            file.Dispose();
            SegmentFile.TryDelete(path);
            throw;
        }
        var (sealedSegment, sealedFile) = (Active, _file);
        (Active, _file) = (new Segment(path, start, _settings.SegmentBytes, now), file);
        // Readers look at IsSealed first: once it is set, the next segment must be in the list.
        Volatile.Write(ref _all, [.. _all, Active]);
        sealedSegment.IsSealed = true;
        sealedFile.Dispose();
        DeleteOldReleased();
    }

    /// <summary>
    /// Writes the window in the background. When the previous one is still being written this one is left out: start-up then reads a
    /// little more.
    /// </summary>
    public void SaveSnapshot(DedupeWindow window, long position)
    {
        if (!_saving.IsCompleted)
            return;
        var bytes = DedupeSnapshot.Encode(window, position);
        _saving = Task.Run(() => Save(position, bytes));
    }

    /// <summary>True when the writer should be woken to delete something. Any thread.</summary>
    public bool Release(long position)
    {
        var seen = Volatile.Read(ref _releasedBefore);
        while (position > seen)
        {
            var was = Interlocked.CompareExchange(ref _releasedBefore, position, seen);
            if (was == seen)
                break;
            seen = was;
        }
        var all = All;
        return all.Length > 1 && all[1].Base <= position;
    }

    public void DeleteReleased()
    {
        if (HasReleases)
            DeleteOldReleased();
    }

    public async Task CloseAsync(DedupeWindow window, long tail)
    {
        await _saving;
        Save(tail, DedupeSnapshot.Encode(window, tail));
        await _deleting;
        await DropPreparedAsync();
        _file.Dispose();
    }

    /// <summary>A next segment that nothing was written to goes: the next start would read all of it to find that out.</summary>
    private async Task DropPreparedAsync()
    {
        if (_next is null)
            return;
        await _closing.CancelAsync();
        await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_next.IsCompletedSuccessfully)
            return;
        _next.Result.Dispose();
        SegmentFile.TryDelete(SegmentFile.PathOf(_settings.Folder, Active.Base + Active.Capacity));
    }

    private SafeFileHandle? TakePrepared()
    {
        var next = _next;
        _next = null;
        try
        {
            return next?.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            PrepareFailed(_log, e.Message);
            return null;
        }
    }

    private long BytesWithNext()
    {
        var bytes = (long)_settings.SegmentBytes;
        foreach (var segment in _all)
            bytes += segment.Capacity;
        return bytes;
    }

    private void Save(long position, byte[] bytes)
    {
        try
        {
            DedupeSnapshot.Save(_settings.Folder, position, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SnapshotFailed(_log, e.Message);
        }
    }

    private void DeleteOldReleased()
    {
        var before = Volatile.Read(ref _releasedBefore);
        _deletedBefore = before;
        var oldestKept = _time.GetUtcNow().ToUnixTimeMilliseconds() - (Limits.DedupeHours * 3_600_000L);
        var count = 0;
        while (count < _all.Length - 1 && _all[count + 1].Base <= before && _all[count + 1].CreatedUnixMs < oldestKept)
            count++;
        if (count == 0)
            return;
        var gone = _all[..count];
        Volatile.Write(ref _all, _all[count..]);
        if (_all[0].FirstUnixMs == 0)
            _all[0].FirstUnixMs = _all[0].CreatedUnixMs;
        _deleting = _deleting.ContinueWith(_ => Delete(gone), TaskScheduler.Default);
    }

    private void Delete(Segment[] gone)
    {
        foreach (var segment in gone)
        {
            SegmentFile.TryDelete(segment.Path);
            Deleted(_log, Path.GetFileName(segment.Path));
        }
        try
        {
            NativeFile.SyncFolder(_settings.Folder);
        }
        catch (IOException e)
        {
            SnapshotFailed(_log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Journal: the next segment could not be prepared: {Reason}")]
    private static partial void PrepareFailed(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Journal: the folder could not be synced: {Reason}")]
    private static partial void SnapshotFailed(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Journal: segment {File} deleted, past its retention")]
    private static partial void Deleted(ILogger log, string file);
}
