namespace EdgeProxy.Tests.Journal;

/// <summary>
/// A clock at which the journal's writer can be made to wait, so that a test decides what the writer finds queued: while the gate is closed,
/// the writer stops where it looks at the time, which it does before it takes the queue when something was released.
/// </summary>
internal sealed class GatedTime : TimeProvider, IDisposable
{
    private readonly ManualResetEventSlim _gate = new(true);
    private readonly DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override DateTimeOffset GetUtcNow()
    {
        if (!_gate.IsSet && Thread.CurrentThread.Name == "journal writer")
        {
            _reached.TrySetResult();
            _gate.Wait();
        }
        return _now;
    }

    /// <summary>Dispose of the result opens the gate, so that a failed test cannot leave the writer waiting.</summary>
    public IDisposable Close()
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate.Reset();
        return this;
    }

    public Task WriterWaits() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Open() => _gate.Set();

    public void Dispose() => Open();
}
