namespace EdgeProxy.Sqlite;

/// <summary>A work that waits for its group commit. Its continuations run on the pool, never on the writer thread.</summary>
internal sealed class PendingWrite(Action<SqliteDatabase> work)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Action<SqliteDatabase> Work { get; } = work;

    /// <summary>What the work itself threw; null while it stands.</summary>
    public Exception? Error { get; set; }

    public Task Task => _done.Task;

    /// <summary>After COMMIT: success, or the work's own failure.</summary>
    public void Complete()
    {
        if (Error is null)
        {
            _done.TrySetResult();
        }
        else
        {
            _done.TrySetException(Error);
        }
    }

    /// <summary>The whole batch failed.</summary>
    public void Fail(Exception reason) => _done.TrySetException(Error ?? reason);
}
