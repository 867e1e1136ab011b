namespace EdgeProxy.Simulator.Telegram;

/// <summary>The last accepted sends, bounded; the count is not.</summary>
internal sealed class SendLog(int keptMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<SendRecord> _kept = new();
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Numbers the send and keeps it.</summary>
    public SendRecord Add(SendRecord record)
    {
        lock (_gate)
        {
            SendRecord numbered = record with { Number = Interlocked.Increment(ref _count) };
            if (_kept.Count >= keptMax)
            {
                _kept.Dequeue();
            }

            _kept.Enqueue(numbered);
            return numbered;
        }
    }

    /// <summary>A copy of the kept sends, oldest first.</summary>
    public SendRecord[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _kept];
        }
    }
}
