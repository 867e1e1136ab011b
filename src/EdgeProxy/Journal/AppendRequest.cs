using System.Threading.Tasks.Sources;
using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>
/// One append on its way to the disk: pooled, and itself the task its caller awaits. Continuations run where Complete is called.
/// </summary>
internal sealed class AppendRequest(AppendRequestPool pool) : IValueTaskSource<AppendOutcome>
{
    private ManualResetValueTaskSourceCore<AppendOutcome> _core = new() { RunContinuationsAsynchronously = false };

    public RecordHeader Header;
    public ReadOnlyMemory<byte> Body;

    /// <summary>Stopwatch ticks when it entered the queue.</summary>
    public long EnqueuedAt;
    public AppendRequest? Next;

    /// <summary>Set by the writer, handed over by the batch.</summary>
    public AppendOutcome Outcome;

    public ValueTask<AppendOutcome> Task => new(this, _core.Version);

    public void Complete() => _core.SetResult(Outcome);

    public AppendOutcome GetResult(short token)
    {
        var outcome = _core.GetResult(token);
        _core.Reset();
        Body = default;
        pool.Return(this);
        return outcome;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
