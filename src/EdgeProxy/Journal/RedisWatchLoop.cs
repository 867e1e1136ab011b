using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>
/// Looks after the streams: 1. asks a server that refused appends whether it takes writes again, so that readiness comes back without traffic; 2. looks
/// at every partition, for the numbers and to notice an outage without traffic; 3. trims the open ones.
/// </summary>
internal sealed class RedisWatchLoop : IAsyncDisposable
{
    private readonly RedisJournal _journal;
    private readonly RedisJournalSettings _settings;
    private readonly RedisClient _client;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public RedisWatchLoop(RedisJournal journal, RedisJournalSettings settings, RedisClient client, TimeProvider time) =>
        (_journal, _settings, _client, _time) = (journal, settings, client, time);

    public void Start() => _running = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        int sinceMs = _settings.WatchMs;
        while (!_stop.IsCancellationRequested)
        {
            if (_journal.RefusedPartition is var refused and >= 0) await ProbeAsync(refused).ConfigureAwait(false);
            if (sinceMs >= _settings.WatchMs)
            {
                sinceMs = 0;
                await LookAtAllAsync().ConfigureAwait(false);
                foreach (RedisPartition partition in _journal.OpenPartitions) await TrimAsync(partition).ConfigureAwait(false);
            }

            int pauseMs = Math.Min(Limits.RedisProbeMs, _settings.WatchMs);
            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            sinceMs += pauseMs;
        }
    }

    private async Task ProbeAsync(int partition)
    {
        // SET is refused for every reason that XADD is: memory, a full disk, a replica, missing replicas, a cluster that is down.
        using RedisCommand command = _client.Rent("SET"u8).Key(_journal.KeysOf(partition).Probe).Add("1"u8).Add("EX"u8).Add(60);
        command.IsIdempotent = true;
        if (await _client.SendAsync(command).ConfigureAwait(false) == RedisOutcome.Ok) _journal.NoteAccepted(partition);
    }

    private async Task LookAtAllAsync()
    {
        for (int partition = 0; partition < _journal.Partitions && !_stop.IsCancellationRequested; partition++)
        {
            long known = _journal.OpenPartition(partition)?.Tail ?? 0;
            // A server that is away would be waited for again and again.
            if (await _journal.LookAsync(partition).ConfigureAwait(false) is not { } look) return;
            if (look.Tail < known) await _journal.LiftAsync(partition, known).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what is released and old enough; of a partition more than half full, all that is released.</summary>
    private async Task TrimAsync(RedisPartition partition)
    {
        PartitionLook look = _journal.LookOf(partition.Number);
        long cut = Math.Min(partition.ReleasedBefore, partition.Tail);
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (look.Records <= _settings.RecordsMax / 2) cut = Math.Min(cut, StreamId.OfMs(nowUnixMs - _settings.KeptMs));
        if (cut <= look.Head) return;
        for (int round = 0; round < Limits.RedisTrimRounds && !_stop.IsCancellationRequested; round++)
        {
            // "~": whole nodes of the stream, which costs little and leaves a few records over.
            using RedisCommand command = _client.Rent("XTRIM"u8).Key(partition.Keys.Stream).Add("MINID"u8).Add("~"u8);
            StreamId.AddTo(command, cut).Add("LIMIT"u8).Add(Limits.RedisTrimRecords);
            RedisOutcome outcome = await _client.SendAsync(command).ConfigureAwait(false);
            if (outcome != RedisOutcome.Ok || !TryReadRemoved(command, out long removed) || removed == 0) return;
        }
    }

    private static bool TryReadRemoved(RedisCommand command, out long removed)
    {
        RespReader reply = command.Reply;
        return reply.TryReadInteger(out removed);
    }
}
