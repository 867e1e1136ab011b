using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// All queue keys of one subscription that have unfinished records, and in which order they get a slot. Owned by its FanoutLoop.
/// </summary>
internal sealed class KeyTable
{
    private readonly Dictionary<QueueKey, KeyQueue> _byKey = [];
    private readonly Stack<KeyQueue> _pool = new();
    private readonly Queue<KeyQueue> _ready = new();
    private readonly PriorityQueue<(KeyQueue Queue, int Version), long> _due = new();
    private readonly OutstandingSet _outstanding = new();

    /// <summary>Records read and not finished.</summary>
    public int Outstanding => _outstanding.Count;
    public int ReadyKeys => _ready.Count;
    public int ParkedKeys { get; private set; }
    public int ParkedRecords { get; private set; }
    public Dictionary<QueueKey, KeyQueue>.ValueCollection Queues => _byKey.Values;

    /// <summary>The lowest unfinished position, or <paramref name="otherwise"/> when there is none.</summary>
    public long Lowest(long otherwise) => _outstanding.Lowest(otherwise);

    public void CopyOutstandingTo(Span<long> target) => _outstanding.CopyTo(target);

    /// <summary>Adds a record behind the others of its key. Positions must ascend from call to call.</summary>
    /// <returns>Its queue; the caller decides what becomes of one that is Idle.</returns>
    public KeyQueue Add(QueueKey key, long position)
    {
        if (!_byKey.TryGetValue(key, out KeyQueue? queue))
        {
            queue = _pool.Count > 0 ? _pool.Pop() : new KeyQueue();
            queue.Reset(key);
            _byKey.Add(key, queue);
        }

        queue.Add(position);
        _outstanding.Add(position);
        if (queue.State == KeyState.Parked) ParkedRecords++;
        return queue;
    }

    public KeyQueue? Find(QueueKey key) => _byKey.GetValueOrDefault(key);

    public void MakeReady(KeyQueue queue)
    {
        queue.State = KeyState.Ready;
        _ready.Enqueue(queue);
    }

    /// <summary>The key that waits longest for a slot, or null.</summary>
    public KeyQueue? TakeReady() => _ready.TryDequeue(out KeyQueue? queue) ? queue : null;

    /// <summary>The key that waits longest and whose head was never tried; failing that the one that waits longest; or null.</summary>
    public KeyQueue? TakeFreshReady()
    {
        for (int i = _ready.Count; i > 0; i--)
        {
            KeyQueue queue = _ready.Dequeue();
            if (queue.Failures == 0) return queue;
            _ready.Enqueue(queue);
        }

        return TakeReady();
    }

    public void Park(KeyQueue queue, long dueUnixMs)
    {
        queue.State = KeyState.Parked;
        queue.DueUnixMs = dueUnixMs;
        _due.Enqueue((queue, ++queue.ParkedVersion), dueUnixMs);
        ParkedKeys++;
        ParkedRecords += queue.Count;
    }

    /// <summary>The parked key that is due first, taken out; null when none is due by <paramref name="untilUnixMs"/>.</summary>
    public KeyQueue? TakeParked(long untilUnixMs)
    {
        if (NextDueUnixMs() > untilUnixMs || !_due.TryDequeue(out var entry, out _)) return null;
        Unpark(entry.Queue);
        return entry.Queue;
    }

    /// <summary>When the next parked key is due, Unix milliseconds; long.MaxValue when none is parked.</summary>
    public long NextDueUnixMs()
    {
        while (_due.TryPeek(out var entry, out long dueUnixMs))
        {
            if (entry.Queue.State == KeyState.Parked && entry.Queue.ParkedVersion == entry.Version) return dueUnixMs;
            _due.Dequeue();
        }

        return long.MaxValue;
    }

    /// <summary>Takes a parked key out of turn; its place in the order of due times becomes stale.</summary>
    public void Unpark(KeyQueue queue)
    {
        queue.State = KeyState.Idle;
        queue.ParkedVersion++;
        ParkedKeys--;
        ParkedRecords -= queue.Count;
    }

    /// <summary>The head is done: delivered, expired or gone. Not for a parked key.</summary>
    public void FinishHead(KeyQueue queue) => _outstanding.Remove(queue.RemoveHead());

    /// <summary>After FinishHead: the key's next record waits for a slot, or the empty queue goes back to the pool.</summary>
    public void Free(KeyQueue queue)
    {
        if (queue.Count > 0)
        {
            MakeReady(queue);
            return;
        }

        _byKey.Remove(queue.Key);
        queue.State = KeyState.Idle;
        if (_pool.Count < Limits.FanoutKeyPoolMax) _pool.Push(queue);
    }
}
