using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// The pages of an open partition, shared by its readers: what the tail brings, and what a reader that lags had fetched, for those beside it. The
/// bytes are bounded; the page that was longest not asked for goes first. The lock is taken once a page, not once a record.
/// </summary>
internal sealed class RedisPageCache
{
    private readonly Lock _lock = new();
    private RedisPage[] _pages = [];
    private RedisPage? _open;
    private long _uses;
    private bool _isClosed;

    public long Bytes
    {
        get
        {
            long bytes = 0;
            foreach (RedisPage page in Volatile.Read(ref _pages)) bytes += page.Capacity;
            return bytes;
        }
    }

    /// <summary>The page that speaks of <paramref name="position"/>, held for the caller, or null.</summary>
    public RedisPage? Hold(long position)
    {
        RedisPage[] pages = Volatile.Read(ref _pages);
        for (int index = pages.Length - 1; index >= 0; index--)
        {
            RedisPage page = pages[index];
            if (!page.Covers(position) || !page.TryHold()) continue;
            page.UsedAt = Interlocked.Increment(ref _uses);
            return page;
        }

        return null;
    }

    public bool Has(long position)
    {
        foreach (RedisPage page in Volatile.Read(ref _pages))
        {
            if (page.Covers(position)) return true;
        }

        return false;
    }

    /// <summary>Takes over the maker's hold. <paramref name="isOpen"/>: it still grows, and is not put out before the next open one.</summary>
    public void Add(RedisPage page, bool isOpen)
    {
        page.UsedAt = Interlocked.Increment(ref _uses);
        lock (_lock)
        {
            if (_isClosed)
            {
                page.Release();
                return;
            }

            if (isOpen) _open = page;
            var kept = new List<RedisPage>(_pages) { page };
            long bytes = 0;
            foreach (RedisPage one in kept) bytes += one.Capacity;
            var put = new List<RedisPage>();
            while (bytes > Limits.RedisCacheBytesMax && Oldest(kept, page) is { } oldest)
            {
                kept.Remove(oldest);
                put.Add(oldest);
                bytes -= oldest.Capacity;
            }

            Volatile.Write(ref _pages, [.. kept]);
            foreach (RedisPage one in put) one.Release();
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            RedisPage[] pages = _pages;
            Volatile.Write(ref _pages, []);
            foreach (RedisPage page in pages) page.Release();
        }
    }

    private RedisPage? Oldest(List<RedisPage> pages, RedisPage added)
    {
        RedisPage? oldest = null;
        foreach (RedisPage page in pages)
        {
            if (ReferenceEquals(page, added) || ReferenceEquals(page, _open)) continue;
            if (oldest is null || page.UsedAt < oldest.UsedAt) oldest = page;
        }

        return oldest;
    }
}
