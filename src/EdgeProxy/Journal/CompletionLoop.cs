namespace EdgeProxy.Journal;

/// <summary>
/// Completes the batches that are durable, in their order, on a thread of its own: the writer is free for the next batch at once. The thread
/// pool would do, at a cost: waking one of its threads takes several system calls a batch. Callers' code that runs here may not block, like all
/// code on the way of an update.
/// </summary>
internal sealed class CompletionLoop
{
    private readonly WakeSignal _wake = new();
    private readonly Thread _thread;
    private CommitBatch? _newest;
    private bool _isStopping;

    public CompletionLoop() => _thread = new Thread(Run) { IsBackground = true, Name = "journal answers" };

    public void Start() => _thread.Start();

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

    /// <summary>Returns when all that was pushed is completed and the thread has ended. The writer calls it last.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isStopping, true);
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
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
