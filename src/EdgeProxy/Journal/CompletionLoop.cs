namespace EdgeProxy.Journal;

/// <summary>
/// Completes the batches that are durable, in their order, on a thread of its own: the writer is free for the next batch at once. The thread
/// pool would do, at a cost: waking one of its threads takes several system calls a batch. Callers' code that runs here may not block, like all
/// code on the way of an update.
/// </summary>
internal sealed class CompletionLoop
{
    private readonly WakeSignal _wake = new();
    private CommitBatch? _newest;
    private bool _isStopping;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "journal answers" }.Start();

    /// <summary>The outcomes are set. One thread calls this: the writer.</summary>
    public void Push(CommitBatch batch)
    {
        var newest = Volatile.Read(ref _newest);
        while (true)
        {
            batch.Next = newest;
            var seen = Interlocked.CompareExchange(ref _newest, batch, newest);
            if (ReferenceEquals(seen, newest))
                break;
            newest = seen;
        }
        _wake.Set();
    }

    /// <summary>Ends the thread when all that was pushed is completed. Nothing may be pushed after it.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isStopping, true);
        _wake.Set();
    }

    private void Run()
    {
        while (!Volatile.Read(ref _isStopping) || Volatile.Read(ref _newest) is not null)
        {
            _wake.Wait();
            for (var batch = TakeAll(); batch is not null;)
            {
                var next = batch.Next;
                batch.Next = null;
                batch.Complete();
                batch = next;
            }
        }
        _wake.Dispose();
    }

    private CommitBatch? TakeAll()
    {
        CommitBatch? oldest = null;
        var newest = Interlocked.Exchange(ref _newest, null);
        while (newest is not null)
            (newest.Next, oldest, newest) = (oldest, newest, newest.Next);
        return oldest;
    }
}
