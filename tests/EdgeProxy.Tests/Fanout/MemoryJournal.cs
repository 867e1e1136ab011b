using EdgeProxy.Journal;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Fanout;

/// <summary>A journal in memory with the contract of the real one, so that a test can say what is on it, record by record.</summary>
internal sealed class MemoryJournal : IUpdateJournal, IUpdateLog
{
    private readonly Lock _lock = new();
    private readonly SortedList<long, JournalRecord> _records = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<long> _brought = [];
    private long _tail = 4096;
    private long _head = 4096;
    private int _brings;

    public long Released { get; private set; }

    /// <summary>Records are found only after they were brought, as over a server.</summary>
    public bool IsAway { get; set; }

    /// <summary>What bringing does; false when it fails. At once and well unless a test says otherwise.</summary>
    public Func<long, CancellationToken, Task<bool>> OnBring { get; set; } = static (_, _) => Task.FromResult(true);

    public int Brings => Volatile.Read(ref _brings);

    /// <summary>As a small cache does.</summary>
    public void ForgetBrought()
    {
        lock (_lock) _brought.Clear();
    }

    public long Append(long botId, UpdateEnvelope envelope, byte[] body, long receivedUnixMs)
    {
        TaskCompletionSource grown;
        long position;
        lock (_lock)
        {
            position = _tail;
            _tail += body.Length + 64;
            _records.Add(position, new JournalRecord
            {
                Position = position,
                NextPosition = _tail,
                BotId = botId,
                ReceivedUnixMs = receivedUnixMs,
                Envelope = envelope,
                Body = body,
            });
            (grown, _grown) = (_grown, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        grown.SetResult();
        return position;
    }

    /// <summary>What retention does to a reader that is too late.</summary>
    public void CutBefore(long position)
    {
        lock (_lock)
        {
            while (_records.Count > 0 && _records.Keys[0] < position) _records.RemoveAt(0);
            _head = position;
        }
    }

    public ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body)
    {
        Append(botId, envelope, body.ToArray(), 0);
        return ValueTask.FromResult(AppendOutcome.Appended);
    }

    public IJournalReader OpenReader(long position) => new Reader(this, Math.Max(position, _head));

    public void ReleaseBefore(long position) => Released = position;

    public JournalSnapshot Snapshot()
    {
        lock (_lock) return new JournalSnapshot(_head, _tail, 0, 1, _tail - _head, 0, 0, null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Reader(MemoryJournal journal, long position) : IJournalReader
    {
        private int _index;
        private bool _disposed;

        public long Position { get; private set; } = position;

        public bool TryReadNext(out JournalRecord record)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            lock (journal._lock)
            {
                IList<long> keys = journal._records.Keys;
                if (_index >= keys.Count || keys[_index] != Position) _index = 0;
                while (_index < keys.Count && keys[_index] < Position) _index++;
                record = _index < keys.Count ? journal._records.Values[_index++] : default;
                if (record.NextPosition == 0) return false;
                Position = record.NextPosition;
                return true;
            }
        }

        public RecordLook LookAt(long position, out JournalRecord record)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            lock (journal._lock)
            {
                if (!journal._records.TryGetValue(position, out record)) return RecordLook.Gone;
                if (!journal.IsAway || journal._brought.Contains(position)) return RecordLook.Found;
                record = default;
                return RecordLook.Away;
            }
        }

        public async ValueTask BringAsync(long position, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref journal._brings);
            try
            {
                if (!await journal.OnBring(position, cancellationToken)) return;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            lock (journal._lock) journal._brought.Add(position);
        }

        public ValueTask WaitForMoreAsync(CancellationToken cancellationToken)
        {
            lock (journal._lock)
            {
                return journal._tail > Position ? ValueTask.CompletedTask : new ValueTask(journal._grown.Task.WaitAsync(cancellationToken));
            }
        }

        public void Dispose() => _disposed = true;
    }
}
