using EdgeProxy.Primitives;

namespace EdgeProxy.Sqlite;

/// <summary>
/// The checkpoint thread. A checkpoint inside a commit stalls that commit by 60 to 140 ms (measured), so it runs here, on a connection of
/// its own: PASSIVE beside the writer, and TRUNCATE with the writer held back when PASSIVE cannot keep up.
/// </summary>
internal sealed partial class StateFile
{
    private void CheckpointLoop()
    {
        while (WaitForCheckpoint())
        {
            var started = _time.GetTimestamp();
            var code = CheckpointOnce();
            SqliteMetrics.CheckpointSeconds.Record(_time.GetElapsedTime(started).TotalSeconds);
            if (code is not (SqliteNative.Ok or SqliteNative.Busy))
            {
                LogCheckpointFailed(_logger, code);
            }
        }
        _checkpointerDone.SetResult();
    }

    private bool WaitForCheckpoint()
    {
        lock (_checkpointLock)
        {
            while (!_checkpointWanted && !_checkpointStop)
            {
                Monitor.Wait(_checkpointLock);
            }
            _checkpointWanted = false;
            return !_checkpointStop;
        }
    }

    private int CheckpointOnce()
    {
        // On a full disk an emptied WAL file may be the very space that the next write needs.
        if (_fault is null && _writer.WalPages < Limits.SqliteWalPagesTruncate)
        {
            return _checkpointer.Checkpoint(SqliteNative.CheckpointPassive, out _, out _);
        }
        lock (_writeGate)
        {
            var code = _checkpointer.Checkpoint(SqliteNative.CheckpointTruncate, out _, out _);
            if (code == SqliteNative.Ok)
            {
                _writer.WalPages = 0;
            }
            return code;
        }
    }
}
