using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// Many callers, one writer. A push is one compare-and-swap on an intrusive stack; the writer takes the whole stack with one exchange and
/// turns it round. Nobody pops single items, so there is no ABA. A sleeping writer is woken only when it said that it sleeps.
/// </summary>
internal sealed class AppendQueue : IDisposable
{
    private static readonly AppendRequest Closed = new(new AppendRequestPool());
    private readonly WakeSignal _wake = new();
    private AppendRequest? _head;

    // How many records wake the writer; 0 while it is awake.
    private int _wakeAt;
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
        if (Volatile.Read(ref _wakeAt) is > 0 and var wakeAt && Volatile.Read(ref _records) >= wakeAt)
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
        if (Volatile.Read(ref _wakeAt) != 0 && Interlocked.Exchange(ref _wakeAt, 0) != 0)
            _wake.Set();
    }

    /// <summary>
    /// Announces sleep until so many records are queued. Whatever is changed after this call wakes the writer; whatever was before must be looked
    /// at once more before Sleep.
    /// </summary>
    public void PrepareSleep(int records) => Interlocked.Exchange(ref _wakeAt, records);

    /// <summary>Sleeps until woken, or for <paramref name="us"/> microseconds (-1: without end), unless there is enough already.</summary>
    public void Sleep(int records, long us)
    {
        // Whoever takes the number back to 0 wakes or does not need to: a Set that nobody waits for would end the next sleep at once.
        if (Records >= records && Interlocked.Exchange(ref _wakeAt, 0) != 0)
            return;
        if (us < 0)
            _wake.Wait();
        else if (!_wake.Wait(us) && Interlocked.Exchange(ref _wakeAt, 0) == 0)
            _wake.Wait();
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
