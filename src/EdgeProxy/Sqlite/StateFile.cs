using EdgeProxy.Primitives;

namespace EdgeProxy.Sqlite;

/// <summary>
/// The one SQLite file that holds state. One writer thread, group commit, WAL with synchronous=FULL, checkpoints on their own thread.
/// Steps of a write:
/// 1. The caller queues a work; a full queue or a closed file fails at once.
/// 2. The writer thread takes everything that waits, up to a bound, as one batch: BEGIN IMMEDIATE.
/// 3. Each work runs inside its savepoint; a work that throws is undone alone.
/// 4. COMMIT (fsync of the WAL), then every task completes. What arrived meanwhile is the next batch.
/// 5. If the disk fails, the whole batch is undone, its tasks fail, and <see cref="Fault"/> says why; the next batch tries again.
/// </summary>
internal sealed partial class StateFile : IAsyncDisposable
{
    // EAGAIN, which flock answers when another process holds the lock.
    private const int WouldBlock = 11;
    private readonly Lock _readLock = new();
    private readonly object _queueLock = new();
    private readonly object _checkpointLock = new();
    /// <summary>Held by the writer during a batch and by a TRUNCATE checkpoint: that is the back-pressure.</summary>
    private readonly Lock _writeGate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FileStream _lockFile;
    private readonly SqliteDatabase _writer;
    private readonly SqliteDatabase _reader;
    private readonly SqliteDatabase _checkpointer;
    private readonly TaskCompletionSource _writerDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _checkpointerDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Queue<PendingWrite> _queue = new();
    private bool _stopping;
    private bool _checkpointWanted;
    private bool _checkpointStop;
    private volatile string? _fault;
    private int _disposed;

    private StateFile(FileStream lockFile, SqliteDatabase[] connections, TimeProvider time, ILogger logger)
    {
        (_lockFile, _time, _logger) = (lockFile, time, logger);
        (_writer, _reader, _checkpointer) = (connections[0], connections[1], connections[2]);
        _writer.WatchWal();
        new Thread(WriterLoop) { IsBackground = true, Name = "state-writer" }.Start();
        new Thread(CheckpointLoop) { IsBackground = true, Name = "state-checkpoint" }.Start();
    }

    /// <summary>Why writes fail now, for the operator; null when they work.</summary>
    public string? Fault => _fault;

    /// <summary>Opens or creates the file and applies the migrations that it lacks.</summary>
    /// <exception cref="StateFileException">In use, of a newer version, of another program, damaged, or not writable.</exception>
    public static StateFile Open(string path, IReadOnlyList<Migration> migrations, TimeProvider time, ILogger logger)
    {
        var lockFile = TakeLock(path);
        var connections = new SqliteDatabase[3];
        try
        {
            const int ReadWrite = SqliteNative.OpenReadWrite | SqliteNative.OpenCreate;
            var writer = connections[0] = SqliteDatabase.Open(path, ReadWrite);
            var found = SchemaMigrator.Inspect(writer, path, migrations);
            writer.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA wal_autocheckpoint=0;"
                + $"PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{Limits.SqliteWriterCacheKiB}");
            LogOpened(logger, path, SchemaMigrator.Apply(writer, found, migrations));
            var reader = connections[1] = SqliteDatabase.Open(path, SqliteNative.OpenReadOnly);
            reader.Execute($"PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{Limits.SqliteReaderCacheKiB}");
            var checkpointer = connections[2] = SqliteDatabase.Open(path, SqliteNative.OpenReadWrite);
            checkpointer.Execute("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0");
            // A connection opens the WAL at its first read; without one a checkpoint would copy nothing.
            checkpointer.Execute("SELECT count(*) FROM schema_version");
            return new StateFile(lockFile, connections, time, logger);
        }
        catch (Exception failure)
        {
            foreach (var connection in connections)
            {
                connection?.Close();
            }
            lockFile.Dispose();
            if (failure is DllNotFoundException)
            {
                throw new StateFileException("SQLite is not installed: libsqlite3.so.0 was not found (Debian: libsqlite3-0).", 0);
            }
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> on the writer thread. The task completes once it is on disk, or fails with what the work threw, or with
    /// <see cref="StateFileException"/> when the disk failed or the queue is full: then nothing of it was written and a retry is safe.
    /// </summary>
    public Task WriteAsync(Action<SqliteDatabase> work)
    {
        lock (_queueLock)
        {
            if (_stopping)
            {
                return Task.FromException(new ObjectDisposedException(nameof(StateFile)));
            }
            if (_queue.Count >= Limits.SqliteQueueMax)
            {
                return Task.FromException(new StateFileException("The state file's write queue is full.", SqliteNative.Busy));
            }
            var pending = new PendingWrite(work);
            _queue.Enqueue(pending);
            if (_queue.Count == 1)
            {
                Monitor.Pulse(_queueLock);
            }
            return pending.Task;
        }
    }

    /// <summary>Reads a file that another process may be using: no lock, no writer, no migration.</summary>
    /// <exception cref="StateFileException">The file cannot be read; the message says why.</exception>
    public static void Peek(string path, Action<SqliteDatabase> work)
    {
        SqliteDatabase database = SqliteDatabase.Open(path, SqliteNative.OpenReadOnly);
        try
        {
            work(database);
        }
        finally
        {
            database.Close();
        }
    }

    /// <summary>Runs <paramref name="work"/> on the caller's thread over one consistent snapshot. Sees every completed write.</summary>
    public T Read<T>(Func<SqliteDatabase, T> work)
    {
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            _reader.Prepare("BEGIN").Run();
            try
            {
                return work(_reader);
            }
            finally
            {
                _reader.ResetUsed();
                if (_reader.InTransaction)
                {
                    _reader.Prepare("ROLLBACK").Run();
                    _reader.ResetUsed();
                }
            }
        }
    }

    /// <summary>Finishes what is queued, empties the WAL into the file, closes. Later writes fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        lock (_queueLock)
        {
            _stopping = true;
            Monitor.PulseAll(_queueLock);
        }
        await _writerDone.Task.ConfigureAwait(false);
        lock (_checkpointLock)
        {
            _checkpointStop = true;
            Monitor.PulseAll(_checkpointLock);
        }
        await _checkpointerDone.Task.ConfigureAwait(false);
        Close();
    }

    private static FileStream TakeLock(string path)
    {
        try
        {
            // FileShare.None is flock(LOCK_EX): it ends with the process, so a crash leaves nothing to clean up.
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure.HResult == WouldBlock)
        {
            throw new StateFileException(StateFileMessages.Locked(path), 0);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StateFileException(StateFileMessages.Unwritable(path, failure.Message), SqliteNative.CantOpen);
        }
    }

    private void Close()
    {
        lock (_readLock)
        {
            _reader.Close();
        }
        _checkpointer.Close();
        var code = _writer.Checkpoint(SqliteNative.CheckpointTruncate, out _, out _);
        if (code != SqliteNative.Ok)
        {
            LogCheckpointFailed(_logger, code);
        }
        _writer.Close();
        _lockFile.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "State file {Path} opened, {Applied} schema steps applied")]
    private static partial void LogOpened(ILogger logger, string path, int applied);

    [LoggerMessage(Level = LogLevel.Error, Message = "State file cannot be written: {Reason}")]
    private static partial void LogFault(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "State file can be written again")]
    private static partial void LogRecovered(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "State file checkpoint failed, SQLite code {Code}")]
    private static partial void LogCheckpointFailed(ILogger logger, int code);
}
