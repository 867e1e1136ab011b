using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Tasks.Sources;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>
/// One append on its way: pooled, and itself the task its caller awaits. (A pooled async method would not do: the runtime keeps only a few of its
/// state machines, and here hundreds wait at once.) The caller goes on where the reply is read.
/// </summary>
internal sealed class RedisAppend : IValueTaskSource<AppendOutcome>
{
    private readonly RedisJournal _journal;
    private readonly ConcurrentQueue<RedisAppend> _free;
    private readonly Action _onEnded;
    private ManualResetValueTaskSourceCore<AppendOutcome> _core = new() { RunContinuationsAsynchronously = false };
    private System.Runtime.CompilerServices.ConfiguredValueTaskAwaitable<RedisOutcome>.ConfiguredValueTaskAwaiter _ended;
    private RedisCommand? _command;
    private int _partition;
    private long _startedAt;

    public RedisAppend(RedisJournal journal, ConcurrentQueue<RedisAppend> free)
    {
        _journal = journal;
        _free = free;
        _onEnded = End;
    }

    /// <summary>Takes over a command that was sent.</summary>
    public ValueTask<AppendOutcome> Follow(ValueTask<RedisOutcome> sent, RedisCommand command, int partition)
    {
        (_command, _partition, _startedAt) = (command, partition, Stopwatch.GetTimestamp());
        var task = new ValueTask<AppendOutcome>(this, _core.Version);
        _ended = sent.ConfigureAwait(false).GetAwaiter();
        if (_ended.IsCompleted) End();
        else _ended.UnsafeOnCompleted(_onEnded);
        return task;
    }

    public AppendOutcome GetResult(short token)
    {
        AppendOutcome outcome = _core.GetResult(token);
        _core.Reset();
        _free.Enqueue(this);
        return outcome;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void End()
    {
        RedisOutcome sent = _ended.GetResult();
        _ended = default;
        RedisCommand command = _command!;
        _command = null;
        AppendOutcome outcome = _journal.Judge(sent, command, _partition);
        command.Dispose();
        JournalMetrics.AppendSeconds.Record(Stopwatch.GetElapsedTime(_startedAt).TotalSeconds);
        _core.SetResult(outcome);
    }
}
