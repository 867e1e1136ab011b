using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>Runs the loops of all subscriptions over the one log of this process.</summary>
internal sealed class FanoutHost : IFanout
{
    public static readonly Migration[] Migrations = SqliteCursors.Migrations;

    private readonly TimeProvider _time;
    private readonly SqliteCursors _cursors;
    private readonly HttpSink _sink;
    private readonly LogFanout _run;
    private int _stopped;

    public FanoutHost(
        IUpdateLog journal, StateFile state, IReadOnlyList<Subscription> subscriptions, ReplyMethod replyMethod, TimeProvider time,
        ILoggerFactory loggers)
    {
        _time = time;
        int connections = 0;
        foreach (Subscription subscription in subscriptions) connections += Math.Clamp(subscription.MaxInFlight, 1, Limits.InFlightMax);
        _sink = new HttpSink(connections, time);
        _cursors = new SqliteCursors(state, time);
        _run = new LogFanout(journal, _cursors, subscriptions, _sink, replyMethod, time, loggers.CreateLogger("EdgeProxy.Fanout"));
    }

    /// <inheritdoc/>
    /// <exception cref="StateFileException">The state file cannot be read.</exception>
    public async Task StartAsync()
    {
        if (await _run.StartAsync().ConfigureAwait(false) != CursorSaveOutcome.Saved) throw new IOException(_cursors.Fault);
        FanoutMetrics.Show(this);
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
        var result = new SubscriptionSnapshot[_run.Loops.Count];
        for (int i = 0; i < result.Length; i++) result[i] = _run.Loops[i].Current.ToSnapshot(_run.Loops[i].Id, tail, nowUnixMs);
        return result;
    }
}
