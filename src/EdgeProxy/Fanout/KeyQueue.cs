using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>The unfinished records of one queue key, oldest first. Owned by its FanoutLoop.</summary>
internal sealed class KeyQueue
{
    private readonly Queue<long> _positions = new();

    public QueueKey Key { get; private set; }
    public KeyState State { get; set; }

    /// <summary>Failed attempts of the head.</summary>
    public int Failures { get; set; }

    /// <summary>When the head may be tried again, Unix milliseconds. Meaningful when parked.</summary>
    public long DueUnixMs { get; set; }

    /// <summary>When the head failed first, Unix milliseconds; 0 when it has not.</summary>
    public long FirstFailedUnixMs { get; set; }

    /// <summary>The window's epoch in which this key was last counted as failing.</summary>
    public long FailedEpoch { get; set; }

    /// <summary>Raised each time the key is parked: an older entry in the order of due times is then stale.</summary>
    public int ParkedVersion { get; set; }

    /// <summary>Receive time of the head once it was tried or restored, Unix milliseconds.</summary>
    public long HeadReceivedUnixMs { get; set; }

    /// <summary>Kind of that head: with its age it tells when a parked head expires.</summary>
    public UpdateKind HeadKind { get; set; }

    /// <summary>The head was asked of the server before.</summary>
    public bool WasBrought { get; set; }

    public int Count => _positions.Count;
    public long Head => _positions.Peek();

    public void Reset(QueueKey key)
    {
        Key = key;
        State = KeyState.Idle;
        FailedEpoch = -1;
        _positions.Clear();
        ClearFailures();
    }

    public void Add(long position) => _positions.Enqueue(position);

    /// <summary>Takes the head off; the next record starts without failures.</summary>
    public long RemoveHead()
    {
        ClearFailures();
        return _positions.Dequeue();
    }

    private void ClearFailures()
    {
        Failures = 0;
        DueUnixMs = 0;
        FirstFailedUnixMs = 0;
        WasBrought = false;
    }
}
