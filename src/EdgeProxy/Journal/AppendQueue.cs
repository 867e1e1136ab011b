using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// Many callers, one writer. A push is one compare-and-swap on an intrusive stack; the writer takes the whole stack with one exchange and
/// turns it round. Nobody pops single items, so there is no ABA. A sleeping writer is woken only when it said that it sleeps.
/// </summary>
internal sealed class AppendQueue : IDisposable
{
    private static readonly AppendRequest Closed = new(new AppendRequestPool());
    private readonly ManualResetEventSlim _wake = new(false, spinCount: 0);
    private AppendRequest? _head;
    private int _asleep;
    private int _records;
    private long _bytes;

    public int Records => Volatile.Read(ref _records);

    /// <summary>Appended here means: queued.</summary>
    public AppendOutcome TryPush(AppendRequest request)
    {
        if (Interlocked.Increment(ref _records) > Limits.JournalQueueRecordsMax |
            Interlocked.Add(ref _bytes, request.Body.Length) > Limits.JournalQueueBytesMax)
        {
            Done(1, request.Body.Length);
            return AppendOutcome.Full;
        }
        var head = Volatile.Read(ref _head);
        while (true)
        {
            if (ReferenceEquals(head, Closed))
            {
                Done(1, request.Body.Length);
                return AppendOutcome.Stopping;
            }
            request.Next = head;
            var seen = Interlocked.CompareExchange(ref _head, request, head);
            if (ReferenceEquals(seen, head))
                break;
            head = seen;
        }
        Wake();
        return AppendOutcome.Appended;
    }

    /// <summary>All that is queued, oldest first; null when nothing is. The writer only.</summary>
    public AppendRequest? TakeAll() => Reverse(Interlocked.Exchange(ref _head, null));

    /// <summary>Closes an empty queue for good; false when something came in meanwhile. The writer only.</summary>
    public bool TryClose() => Interlocked.CompareExchange(ref _head, Closed, null) is null;

    /// <summary>Gives back the room of requests that are about to be completed.</summary>
    public void Done(int records, long bytes)
    {
        Interlocked.Add(ref _records, -records);
        Interlocked.Add(ref _bytes, -bytes);
    }

    public void Wake()
    {
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
            _wake.Set();
    }

    /// <summary>
    /// Announces sleep. Whatever is changed after this call wakes the writer; whatever was before must be looked at once more before
    /// Sleep.
    /// </summary>
    public void PrepareSleep()
    {
        _wake.Reset();
        Interlocked.Exchange(ref _asleep, 1);
    }

    /// <summary>Sleeps until woken, or for <paramref name="timeoutMs"/> (-1: without end), unless something is queued already.</summary>
    public void Sleep(int timeoutMs)
    {
        if (Volatile.Read(ref _head) is null)
            _wake.Wait(timeoutMs);
        Volatile.Write(ref _asleep, 0);
    }

    public void Dispose() => _wake.Dispose();

    private static AppendRequest? Reverse(AppendRequest? newest)
    {
        AppendRequest? oldest = null;
        while (newest is not null)
        {
            var next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }
}
