using EdgeProxy.Bots;

namespace EdgeProxy.Outbox;

/// <summary>One message in flight between the loop and the lanes.</summary>
internal sealed class OutboxSend(PendingMessage message, Bot bot, long epoch) : IDisposable
{
    private const int Waiting = 0, Begun = 1, Dropped = 2;
    private readonly CancellationTokenSource _cancel = new();
    private int _phase;

    public PendingMessage Message => message;
    public Bot Bot => bot;

    /// <summary>Under which the bot was this process' when the flight began.</summary>
    public long Epoch => epoch;
    public CancellationToken Token => _cancel.Token;

    /// <summary>"sending" is what the store says, written in this flight.</summary>
    public bool IsMarked { get; private set; }

    /// <summary>"sending" was written in this flight at least once.</summary>
    public bool WasMarked { get; private set; }

    /// <summary>What the store said to the last mark.</summary>
    public SendPermit Permit { get; set; }

    /// <summary>The lane had no place: the queue may have to slow down.</summary>
    public bool WasFull { get; set; }

    /// <summary>The disk failed before it could leave.</summary>
    public bool WasRefused { get; set; }

    /// <summary>It is about to leave; false when it was dropped before.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _phase, Begun, Waiting) != Dropped;

    /// <summary>"sending" was written.</summary>
    public void Mark() => IsMarked = WasMarked = true;

    /// <summary>It was refused and is queued again: it waits for another attempt, and may be dropped meanwhile.</summary>
    public void TakeBack()
    {
        IsMarked = false;
        Interlocked.CompareExchange(ref _phase, Waiting, Begun);
    }

    /// <summary>Drops it unless it has begun.</summary>
    public void Drop()
    {
        if (Interlocked.CompareExchange(ref _phase, Dropped, Waiting) == Waiting) _cancel.Cancel();
    }

    public void CutOff() => _cancel.Cancel();

    public void Dispose() => _cancel.Dispose();
}
