using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>
/// One partition while this process owns it. One loop, the tail, waits at the server for new records and puts them into pages that all readers share:
/// a record is fetched once, however many subscriptions read it. A reader that lags behind the pages has older ones fetched. What was read is known by
/// position alone, so an outage of Redis costs time and no record.
/// </summary>
internal sealed class RedisPartition : IUpdateLog, IAsyncDisposable
{
    private readonly RedisJournal _journal;
    private readonly RedisClient _reads;
    private readonly RedisClient _tailClient;
    private readonly TimeProvider _time;
    private readonly RedisPageCache _cache = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Task<bool>> _fetches = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _tailing;
    private ReaderSignal[] _signals = [];
    private long _tail;
    private long _releasedBefore;
    private long _corrupt;
    private int _averageBytes = 4 * 1024;
    private int _isClosed;

    public RedisPartition(RedisJournal journal, int number, PartitionLook look, RedisClient reads, RedisClient tail, TimeProvider time)
    {
        (_journal, _reads, _tailClient, _time, _tail) = (journal, reads, tail, time, look.Tail);
        Number = number;
        Keys = journal.KeysOf(number);
        tail.Start();
        _tailing = Task.Run(TailAsync);
    }

    public int Number { get; }

    public RedisJournalKeys Keys { get; }

    /// <summary>Behind the newest record this process knows of.</summary>
    public long Tail => Volatile.Read(ref _tail);

    /// <summary>Behind it nobody reads any more.</summary>
    public long ReleasedBefore => Volatile.Read(ref _releasedBefore);

    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>Memory of the shared pages.</summary>
    public long CachedBytes => _cache.Bytes;

    /// <summary>
    /// Positions that the server never gave (it was emptied, and its clock is behind) begin with the oldest record: what is there was never read.
    /// </summary>
    public IJournalReader OpenReader(long position) => new RedisReader(this, position < 0 || position > Tail ? 0 : position);

    /// <summary>
    /// What is below may be trimmed, some time later. The caller must have stored, for every subscription, a cursor at or behind
    /// <paramref name="position"/>; then no lease is needed, for a later owner begins there or behind.
    /// </summary>
    public void ReleaseBefore(long position)
    {
        if (position > _releasedBefore) Volatile.Write(ref _releasedBefore, position);
    }

    public JournalSnapshot Snapshot()
    {
        PartitionLook look = _journal.LookOf(Number);
        return new(look.Head, Tail, look.OldestUnixMs, 1, look.Bytes, 0, Interlocked.Read(ref _corrupt), _journal.Fault);
    }

    /// <summary>The process gives the partition up: waiting readers wake once, and nothing new comes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _tailClient.DisposeAsync().ConfigureAwait(false);
        await _tailing.ConfigureAwait(false);
        _journal.Forget(this);
        Wake();
        _cache.Close();
    }

    /// <summary>The page that speaks of a position, held for the caller; null when it is not at hand.</summary>
    public RedisPage? Hold(long position) => _cache.Hold(position);

    public bool Has(long position) => _cache.Has(position);

    /// <summary>Known to be no longer kept, or not yet there.</summary>
    public bool IsGone(long position) => position >= Tail || position < _journal.LookOf(Number).Head;

    /// <summary>
    /// Brings the page that begins with a position. False, after a pause, when the server did not give it. Those who want the same page share one read.
    /// </summary>
    public Task<bool> FetchAsync(long position)
    {
        lock (_lock)
        {
            if (_fetches.TryGetValue(position, out Task<bool>? running)) return running;
            running = Task.Run(() => FetchOnceAsync(position));
            _fetches[position] = running;
            return running;
        }
    }

    public void Register(ReaderSignal signal)
    {
        lock (_lock) _signals = [.. _signals, signal];
    }

    public void Unregister(ReaderSignal signal)
    {
        lock (_lock) _signals = Array.FindAll(_signals, one => !ReferenceEquals(one, signal));
    }

    private void Wake()
    {
        foreach (ReaderSignal signal in Volatile.Read(ref _signals)) signal.Set();
    }

    private async Task<bool> FetchOnceAsync(long position)
    {
        try
        {
            // All records below this have been seen, so a reply that ends early has no gap before it.
            long known = Tail;
            int wanted = ReadCount();
            using RedisCommand command = _reads.Rent("XRANGE"u8).Key(Keys.Stream);
            StreamId.AddTo(command, position).Add("+"u8).Add("COUNT"u8).Add(wanted);
            command.IsIdempotent = true;
            RedisOutcome outcome = await _reads.SendAsync(command).ConfigureAwait(false);
            if (outcome == RedisOutcome.Ok && TakePage(command.Reply, position, wanted, known)) return true;
            await PauseAsync().ConfigureAwait(false);
            return false;
        }
        finally
        {
            lock (_lock) _fetches.Remove(position);
        }
    }

    private bool TakePage(RespReader reply, long from, int wanted, long known)
    {
        if (!StreamReply.TryOpenRange(reply, out StreamReply entries)) return false;
        int bytes = 0;
        int count = 0;
        StreamReply sizes = entries;
        while (sizes.TryNext(out _, out ReadOnlySpan<byte> record)) (bytes, count) = (bytes + record.Length, count + 1);
        if (sizes.IsBroken) return false;
        var page = new RedisPage(from, Math.Max(bytes, 1), Math.Max(count, 1));
        while (entries.TryNext(out long position, out ReadOnlySpan<byte> record))
        {
            NoteSize(record.Length);
            if (RedisPage.IsSound(record)) page.TryAdd(position, record);
            else NoteCorrupt();
            page.Cover(position + 1);
        }

        if (count < wanted) page.Cover(known);
        if (page.To > from) _cache.Add(page, isOpen: false);
        else page.Release();
        return true;
    }

    // 1. Ask from the last record on, and wait at the server. 2. Put what came into the open page, or into a new one. 3. Publish, wake.
    // 4. After an outage make sure that positions go on growing.
    private async Task TailAsync()
    {
        RedisPage? open = null;
        while (!_stop.IsCancellationRequested)
        {
            using RedisCommand command = _tailClient.Rent("XREAD"u8).Add("COUNT"u8).Add(ReadCount()).Add("BLOCK"u8).Add(Limits.RedisTailBlockMs);
            // XREAD begins behind the id that it is given.
            StreamId.AddTo(command.Add("STREAMS"u8).Key(Keys.Stream), Math.Max(0, _tail - 1));
            command.IsBlocking = true;
            command.TimeOutMs = Limits.RedisTailBlockMs + Limits.RedisCommandMs;
            RedisOutcome outcome = await _tailClient.SendAsync(command).ConfigureAwait(false);
            if (outcome == RedisOutcome.Ok && StreamReply.TryOpenRead(command.Reply, out StreamReply entries) && TakeTail(entries, ref open)) continue;
            if (_stop.IsCancellationRequested) return;
            await PauseAsync().ConfigureAwait(false);
            await _journal.LiftAsync(Number, _tail).ConfigureAwait(false);
        }
    }

    private bool TakeTail(StreamReply entries, ref RedisPage? open)
    {
        long tail = _tail;
        while (entries.TryNext(out long position, out ReadOnlySpan<byte> record))
        {
            NoteSize(record.Length);
            bool isSound = RedisPage.IsSound(record);
            if (!isSound) NoteCorrupt();
            if (open is null || (isSound && !open.TryAdd(position, record)))
            {
                open = new(tail, Math.Max(Limits.RedisPageBytes, record.Length), Limits.RedisPageRecords);
                if (isSound) open.TryAdd(position, record);
                _cache.Add(open, isOpen: true);
            }

            open.Cover(position + 1);
            tail = position + 1;
        }

        if (tail == _tail) return !entries.IsBroken;
        Volatile.Write(ref _tail, tail);
        Wake();
        return !entries.IsBroken;
    }

    private int ReadCount() => Math.Clamp(Limits.RedisPageBytes / Math.Max(1, Volatile.Read(ref _averageBytes)), 1, Limits.RedisReadRecordsMax);

    private void NoteSize(int bytes) => _averageBytes += (bytes - _averageBytes) / 8;

    private void NoteCorrupt()
    {
        Interlocked.Increment(ref _corrupt);
        _journal.NoteCorrupt(Number);
    }

    private async Task PauseAsync()
    {
        // A reply that was too long comes in single records the next time.
        _averageBytes = Limits.UpdateBytesMax;
        await Task.Delay(TimeSpan.FromMilliseconds(Limits.RedisReadPauseMs), _time, _stop.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
