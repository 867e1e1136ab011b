namespace EdgeProxy.Journal;

/// <summary>Batches that are not in use. A handful: the writer fills one while others are completed.</summary>
internal sealed class CommitBatchPool
{
    private readonly Lock _lock = new();
    private readonly Stack<CommitBatch> _free = new();

    public CommitBatch Rent()
    {
        lock (_lock)
        {
            return _free.TryPop(out var batch) ? batch : new CommitBatch(this);
        }
    }

    public void Return(CommitBatch batch)
    {
        lock (_lock)
        {
            _free.Push(batch);
        }
    }
}
