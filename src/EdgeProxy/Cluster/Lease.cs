namespace EdgeProxy.Cluster;

/// <summary>
/// One thing that this process owns for a while. Whether it still does is decided by the local monotonic clock alone: the lease ends at the
/// server not before (time the last renewal was sent + its length). A process that was stopped and continued therefore knows at once that it
/// owns nothing; what it stores nevertheless is refused by the epoch.
/// </summary>
internal sealed class Lease : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _length;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _lost;
    private long _heldUntil;

    /// <param name="length">How long a renewal holds, the margin taken off.</param>
    /// <param name="sentAt">Timestamp at which the taking was sent.</param>
    public Lease(string name, int index, long epoch, TimeSpan length, long sentAt, TimeProvider time)
    {
        (Name, Index, Epoch, _length, _time) = (name, index, epoch, length, time);
        _heldUntil = EndOf(sentAt);
        _lost = new CancellationTokenSource(Left(), time);
        _lost.Token.UnsafeRegister(static closing => ((CancellationTokenSource)closing!).Cancel(), _closing);
    }

    public string Name { get; }

    /// <summary>Its place in the table's list of names.</summary>
    public int Index { get; }

    /// <summary>Grows with each taking of this name, whoever takes it.</summary>
    public long Epoch { get; }

    /// <summary>False is final. Cheap; any thread.</summary>
    public bool IsHeld => !_lost.IsCancellationRequested && _time.GetTimestamp() < Volatile.Read(ref _heldUntil);

    /// <summary>Cancelled when what runs under it has to end: in good order while it is held, at once when it is lost.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Cancelled when it is not ours any more: stop now, another may have begun.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Called by the table with the time its renewal was sent. One that came too late changes nothing.</summary>
    internal void Renewed(long sentAt)
    {
        if (!IsHeld) return;
        Volatile.Write(ref _heldUntil, EndOf(sentAt));
        _lost.CancelAfter(Left());
    }

    internal void Close() => _closing.Cancel();

    internal void Lose()
    {
        Volatile.Write(ref _heldUntil, long.MinValue);
        _lost.Cancel();
    }

    public void Dispose()
    {
        Volatile.Write(ref _heldUntil, long.MinValue);
        _lost.Dispose();
        _closing.Dispose();
    }

    private long EndOf(long sentAt) => sentAt + (long)(_length.TotalSeconds * _time.TimestampFrequency);

    private TimeSpan Left()
    {
        TimeSpan left = _time.GetElapsedTime(_time.GetTimestamp(), Volatile.Read(ref _heldUntil));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
