using System.Collections.Immutable;
using EdgeProxy.Cluster;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Fanout;

/// <summary>
/// Delivers from the partitions whose leases this process holds. Under a lease: 1. read the cursors, which hold what the owner before left
/// unfinished; 2. run a loop for each subscription; 3. when the lease closes, end in order: no new attempts, those that run may end, cursors
/// flushed, and only then is it handed back; 4. when it is lost, cut off: the next owner delivers again what is not known to be finished.
/// </summary>
internal sealed partial class PartitionedFanout : IFanout
{
    private readonly RedisJournal _journal;
    private readonly RedisClient _redis;
    private readonly ClusterSettings _cluster;
    private readonly ReplyMethod _replyMethod;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpSink _sink;
    private readonly LeaseTable _leases;
    private volatile IReadOnlyList<Subscription> _subscriptions;
    private ImmutableArray<LogFanout> _runs = [];
    private int _stopped;

    /// <param name="redis">For cursors.</param>
    /// <param name="leases">Where the table of the partitions is made.</param>
    public PartitionedFanout(
        RedisJournal journal, RedisClient redis, ClusterSettings cluster, ClusterLeases leases, IReadOnlyList<Subscription> subscriptions,
        ReplyMethod replyMethod, TimeProvider time, ILoggerFactory loggers)
    {
        (_journal, _redis, _cluster, _subscriptions, _replyMethod, _time) = (journal, redis, cluster, subscriptions, replyMethod, time);
        _logger = loggers.CreateLogger("EdgeProxy.Fanout");
        _sink = new HttpSink(time);
        _leases = leases.Table("partition", [.. Enumerable.Range(0, cluster.Partitions).Select(ClusterKeys.Partition)], RunAsync);
    }

    /// <inheritdoc/>
    public async Task StartAsync()
    {
        long started = _time.GetTimestamp();
        while (await PlaceAsync(_subscriptions).ConfigureAwait(false) is { } fault)
        {
            if (_time.GetElapsedTime(started).TotalSeconds > Limits.ClusterStartS)
                throw new IOException($"the places of subscriptions cannot be stored in Redis: {fault}");
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.FanoutBringRetryMs), _time).ConfigureAwait(false);
        }

        _leases.Start();
        FanoutMetrics.Show(this);
    }

    public async Task<bool> ChangeAsync(IReadOnlyList<Subscription> subscriptions)
    {
        IReadOnlyList<Subscription> before = _subscriptions;
        Subscription[] added = [.. subscriptions.Where(one => !before.Any(other => other.CursorKey == one.CursorKey))];
        if (await PlaceAsync(added).ConfigureAwait(false) is not null) return false;
        _subscriptions = subscriptions;
        CursorSaveOutcome[] outcomes = await Task.WhenAll(_runs.Select(run => run.ChangeAsync())).ConfigureAwait(false);
        await ForgetAsync([.. before.Where(one => !subscriptions.Any(other => other.CursorKey == one.CursorKey))]).ConfigureAwait(false);
        return Volatile.Read(ref _stopped) == 0 && !outcomes.Contains(CursorSaveOutcome.Failed);
    }

    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        FanoutMetrics.Hide(this);
        await _leases.StopAsync().ConfigureAwait(false);
        _sink.Dispose();
    }

    public IReadOnlyList<SubscriptionSnapshot> Snapshot()
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var result = _subscriptions.Select(one => new SubscriptionSnapshot(one.Id, SubscriptionState.Running, 0, 0, 0, 0, 0, 0, 0, 0, 0, null))
            .ToDictionary(empty => empty.Id);
        foreach (LogFanout run in _runs)
        {
            JournalSnapshot log = run.Log.Snapshot();
            foreach (FanoutLoop loop in run.Loops)
            {
                if (result.TryGetValue(loop.Id, out SubscriptionSnapshot? sum)) result[loop.Id] = sum.With(loop.Current.ToSnapshot(loop.Id, log, nowUnixMs));
            }
        }

        return [.. result.Values];
    }

    /// <summary>Stores where they begin, those that have no place yet, in every partition.</summary>
    /// <returns>Null, or why it could not be done.</returns>
    private async Task<string?> PlaceAsync(IReadOnlyList<Subscription> subscriptions)
    {
        for (int partition = 0; partition < _cluster.Partitions && subscriptions.Count > 0; partition++)
        {
            if (await PlaceAsync(subscriptions, partition).ConfigureAwait(false) is { } fault) return fault;
        }

        return null;
    }

    /// <summary>Also in partitions of processes that never heard of them.</summary>
    private async Task ForgetAsync(Subscription[] gone)
    {
        for (int partition = 0; partition < _cluster.Partitions && gone.Length > 0; partition++)
        {
            var cursors = new RedisCursors(_redis, _cluster.Name, partition, 0);
            foreach (Subscription one in gone) await cursors.ForgetAsync(one.CursorKey).ConfigureAwait(false);
        }
    }

    private async Task<string?> PlaceAsync(IReadOnlyList<Subscription> subscriptions, int partition)
    {
        if (await _journal.LookAsync(partition).ConfigureAwait(false) is not { } look) return _journal.Fault ?? "no answer";
        var cursors = new RedisCursors(_redis, _cluster.Name, partition, 0);
        CursorCapture[] places = [.. subscriptions.Select(one => CaptureOf(one, LogFanout.Begin(one, look.Head, look.Tail)))];
        return await cursors.PlaceNewAsync(places).ConfigureAwait(false) == CursorSaveOutcome.Saved ? null : cursors.Fault;
    }

    private async Task RunAsync(Lease lease)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration closing = lease.Closing.UnsafeRegister(static over => ((TaskCompletionSource)over!).TrySetResult(), over);
        await using RedisPartition? log = await _journal.OpenPartitionAsync(lease.Index).ConfigureAwait(false);
        if (log is null)
        {
            LogNotStarted(_logger, lease.Name, _journal.Fault);
            return;
        }

        // 1. and 2.
        var cursors = new RedisCursors(_redis, _cluster.Name, lease.Index, lease.Epoch);
        var run = new LogFanout(
            log, cursors, () => _subscriptions, _sink, _replyMethod, _time, _logger, () => lease.IsHeld, () => over.TrySetResult());
        if (await run.StartAsync().ConfigureAwait(false) != CursorSaveOutcome.Saved)
        {
            LogNotStarted(_logger, lease.Name, cursors.Fault);
            return;
        }

        ImmutableInterlocked.Update(ref _runs, static (runs, added) => runs.Add(added), run);
        ShareOut();
        await run.ChangeAsync().ConfigureAwait(false); // What changed while it began.
        await over.Task.ConfigureAwait(false);

        // 3. and 4.
        ImmutableInterlocked.Update(ref _runs, static (runs, gone) => runs.Remove(gone), run);
        await run.StopAsync(lease.Lost).ConfigureAwait(false);
        ShareOut();
    }

    // Not exact while two partitions come at once: the last of them to be added sees all.
    private void ShareOut()
    {
        ImmutableArray<LogFanout> runs = _runs;
        foreach (LogFanout run in runs) run.Share(runs.Length);
    }

    private static CursorCapture CaptureOf(Subscription subscription, CursorRow place) =>
        new(subscription.CursorKey, place.Position, place.Position, false, CursorCodec.Encode(place));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Partition {Name} cannot be delivered from: {Error}; its lease is handed back")]
    private static partial void LogNotStarted(ILogger logger, string name, string? error);
}
