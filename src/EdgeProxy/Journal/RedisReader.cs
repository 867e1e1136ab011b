namespace EdgeProxy.Journal;

/// <summary>
/// Reads a partition page by page. It holds the page it reads and the one it looked at last, so their records stay valid when the partition's cache
/// drops them.
/// </summary>
internal sealed class RedisReader : IJournalReader
{
    private readonly RedisPartition _log;
    private readonly ReaderSignal _signal = new();
    private RedisPage? _page;
    private RedisPage? _look;

    /// <summary>The last page that was brought for this reader: handed over from the thread that brought it.</summary>
    private RedisPage? _brought;
    private int _index;

    public RedisReader(RedisPartition log, long position)
    {
        _log = log;
        Position = position;
        log.Register(_signal);
    }

    public long Position { get; private set; }

    public bool TryReadNext(out JournalRecord record)
    {
        record = default;
        while (Place())
        {
            // The end is read before the count: an open page that grows between them shows the record, and not its end without it.
            RedisPage page = _page!;
            long to = page.To;
            if (_index >= page.Count)
            {
                Position = to;
                continue;
            }

            int index = _index++;
            Position = page.PositionAt(index) + 1;
            if (page.TryRead(index, out record)) return true;
        }

        return false;
    }

    public RecordLook LookAt(long position, out JournalRecord record)
    {
        record = default;
        if (_look is null || !_look.Covers(position))
        {
            if (TakeHeld(position) is not { } page) return _log.IsGone(position) ? RecordLook.Gone : RecordLook.Away;
            _look?.Release();
            _look = page;
        }

        int index = _look.Find(position);
        bool isThere = index < _look.Count && _look.PositionAt(index) == position && _look.TryRead(index, out record);
        return isThere ? RecordLook.Found : RecordLook.Gone;
    }

    public async ValueTask BringAsync(long position, CancellationToken cancellationToken)
    {
        if (_log.IsClosed || _log.IsGone(position)) return;
        try
        {
            if (!await _log.FetchAsync(position).WaitAsync(cancellationToken).ConfigureAwait(false)) return;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        Bring(position);
    }

    public ValueTask WaitForMoreAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool wasClosed = _log.IsClosed;
        if (!wasClosed && Position < _log.Tail)
            return _log.Has(Position) ? ValueTask.CompletedTask : FetchMoreAsync(cancellationToken);
        _signal.Arm();
        // A closed partition has nothing more: it ends a wait that began before, and the next only by cancellation.
        bool isMore = !wasClosed && (_log.IsClosed || Position < _log.Tail);
        return isMore && _signal.TryDisarm() ? ValueTask.CompletedTask : _signal.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _log.Unregister(_signal);
        _page?.Release();
        _look?.Release();
        (_page, _look) = (null, null);
        Interlocked.Exchange(ref _brought, null)?.Release();
    }

    private async ValueTask FetchMoreAsync(CancellationToken cancellationToken)
    {
        while (!_log.IsClosed)
        {
            if (!await _log.FetchAsync(Position).WaitAsync(cancellationToken).ConfigureAwait(false)) continue;
            Bring(Position);
            return;
        }
    }

    /// <summary>Keeps what was brought where the cache cannot drop it before it is looked at.</summary>
    private void Bring(long position) => Interlocked.Exchange(ref _brought, _log.Hold(position))?.Release();

    /// <summary>Makes Position lie in the page. False when no page speaks of it.</summary>
    private bool Place()
    {
        // The open page may have grown meanwhile.
        if (_page is not null && _page.Covers(Position)) return true;
        if (TakeHeld(Position) is not { } page) return false;
        _page?.Release();
        _page = page;
        _index = page.Find(Position);
        return true;
    }

    private RedisPage? TakeHeld(long position)
    {
        if (_log.Hold(position) is { } page) return page;
        if (Interlocked.Exchange(ref _brought, null) is not { } brought) return null;
        if (brought.Covers(position)) return brought;
        // For another position, which may still be asked for.
        if (Interlocked.CompareExchange(ref _brought, brought, null) is not null) brought.Release();
        return null;
    }
}
