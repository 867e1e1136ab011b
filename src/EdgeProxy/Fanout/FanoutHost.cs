using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>Runs the loops of all subscriptions over the one log of this process.</summary>
internal sealed class FanoutHost : IFanout
{
    public static readonly Migration[] Migrations = [.. SqliteCursors.Migrations, .. SqliteSubscriptions.Migrations];

    private readonly TimeProvider _time;
    private readonly SqliteCursors _cursors;
    private readonly HttpSink _sink;
    private readonly LogFanout _run;
    private volatile IReadOnlyList<Subscription> _subscriptions;
    private int _retrying;
    private int _stopped;

    public FanoutHost(
        IUpdateLog journal, StateFile state, IReadOnlyList<Subscription> subscriptions, ReplyMethod replyMethod, TimeProvider time,
        ILoggerFactory loggers)
    {
        (_time, _subscriptions) = (time, subscriptions);
        _sink = new HttpSink(time);
        _cursors = new SqliteCursors(state, time);
        _run = new LogFanout(journal, _cursors, () => _subscriptions, _sink, replyMethod, time, loggers.CreateLogger("EdgeProxy.Fanout"));
    }

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        if (await _run.StartAsync().ConfigureAwait(false) != CursorSaveOutcome.Saved) throw new IOException(_cursors.Fault);
        FanoutMetrics.Show(this);
    }

    public async Task<bool> ChangeAsync(IReadOnlyList<Subscription> subscriptions)
    {
        _subscriptions = subscriptions;
        CursorSaveOutcome outcome = await _run.ChangeAsync().ConfigureAwait(false);
        if (outcome == CursorSaveOutcome.Failed && Interlocked.Exchange(ref _retrying, 1) == 0) _ = RetryAsync();
        return outcome == CursorSaveOutcome.Saved;
    }

    /// <summary>Nobody else would begin what a disk that failed kept from beginning.</summary>
    private async Task RetryAsync()
    {
        do await Task.Delay(TimeSpan.FromMilliseconds(Limits.FanoutBringRetryMs), _time).ConfigureAwait(false);
        while (await _run.ChangeAsync().ConfigureAwait(false) == CursorSaveOutcome.Failed);
        Volatile.Write(ref _retrying, 0);
    }

    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        FanoutMetrics.Hide(this);
        await _run.StopAsync(CancellationToken.None).ConfigureAwait(false);
        _sink.Dispose();
    }

    public IReadOnlyList<SubscriptionSnapshot> Snapshot()
    {
        long tail = _run.Log.Snapshot().Tail;
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. _run.Loops.Select(loop => loop.Current.ToSnapshot(loop.Id, tail, nowUnixMs))];
    }
}
