using EdgeProxy.Primitives;

namespace EdgeProxy.Sqlite;

/// <summary>The writer thread: steps 2 to 5 of a write.</summary>
internal sealed partial class StateFile
{
    private const string Probe = "UPDATE schema_version SET version = version";

    private void WriterLoop()
    {
        var batch = new List<PendingWrite>(Limits.SqliteBatchMax);
        while (TakeBatch(batch))
        {
            lock (_writeGate)
            {
                RunBatch(batch);
            }
            batch.Clear();
            if (_fault is not null || _writer.WalPages >= Limits.SqliteWalPagesPassive)
            {
                WantCheckpoint();
            }
        }
        _writerDone.SetResult();
    }

    /// <summary>
    /// Waits for work. A batch without works is a probe, run from time to time while writes fail. False when all is done.
    /// </summary>
    private bool TakeBatch(List<PendingWrite> batch)
    {
        lock (_queueLock)
        {
            while (_queue.Count == 0)
            {
                if (_stopping)
                {
                    return false;
                }
                // Without a probe a proxy that refuses traffic because of the fault would never learn that the disk is well.
                if (!Monitor.Wait(_queueLock, _fault is null ? Timeout.Infinite : Limits.SqliteProbeMs))
                {
                    return true;
                }
            }
            while (batch.Count < Limits.SqliteBatchMax && _queue.TryDequeue(out var pending))
            {
                batch.Add(pending);
            }
            return true;
        }
    }

    private void RunBatch(List<PendingWrite> batch)
    {
        var started = _time.GetTimestamp();
        try
        {
            // 2. One transaction for all that waited.
            _writer.Prepare("BEGIN IMMEDIATE").Run();
            if (batch.Count == 0)
            {
                _writer.Prepare(Probe).Run();
            }
            // 3. Each work in its savepoint.
            foreach (var pending in batch)
            {
                RunWork(pending);
            }
            // 4. On disk, then answered.
            _writer.Prepare("COMMIT").Run();
            _writer.ResetUsed();
        }
        catch (Exception failure)
        {
            // 5. Undone as a whole.
            FailBatch(batch, failure);
            return;
        }
        if (_fault is not null)
        {
            _fault = null;
            LogRecovered(_logger);
        }
        SqliteMetrics.CommitSeconds.Record(_time.GetElapsedTime(started).TotalSeconds);
        SqliteMetrics.Writes.Add(batch.Count);
        foreach (var pending in batch)
        {
            pending.Complete();
        }
    }

    private void RunWork(PendingWrite pending)
    {
        _writer.Prepare("SAVEPOINT work").Run();
        try
        {
            pending.Work(_writer);
        }
        catch (StateFileException failure) when (failure.IsDiskFault)
        {
            throw;
        }
        catch (Exception failure)
        {
            pending.Error = failure;
        }
        _writer.ResetUsed();
        if (!_writer.InTransaction)
        {
            // SQLite gave the transaction up (or the work ended it): what neighbours wrote is gone too, and none may be acknowledged.
            throw new StateFileException("The transaction ended before its commit.", SqliteNative.IoError);
        }
        if (pending.Error is not null)
        {
            _writer.Prepare("ROLLBACK TO work").Run();
        }
        _writer.Prepare("RELEASE work").Run();
    }

    private void FailBatch(List<PendingWrite> batch, Exception failure)
    {
        _writer.ResetUsed();
        if (_writer.InTransaction)
        {
            try
            {
                _writer.Execute("ROLLBACK");
            }
            catch (StateFileException)
            {
                // SQLite has already rolled back; the first failure is the one to report.
            }
        }
        SqliteMetrics.Faults.Add(1);
        if (_fault is null)
        {
            LogFault(_logger, failure.Message);
        }
        _fault = failure.Message;
        foreach (var pending in batch)
        {
            pending.Fail(failure);
        }
    }

    private void WantCheckpoint()
    {
        lock (_checkpointLock)
        {
            _checkpointWanted = true;
            Monitor.Pulse(_checkpointLock);
        }
    }
}
