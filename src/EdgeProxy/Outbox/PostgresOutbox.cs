using EdgeProxy.Bots;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// The outbox of a cluster, in PostgreSQL. Every process accepts, looks and decides; each bot's messages are sent by one process at a time
/// (<see cref="OutboxOwnership"/>). Works are bundled (<see cref="PostgresWriter"/>): those of callers in one writer, those of the engine in another, so
/// that a flood of posts does not hold up what is being sent. Their tasks complete when the server has committed.
///
/// An answer to a commit that is lost with the connection is Unavailable although the message may be stored. With an Idempotency-Key the caller's
/// repeat finds it; without one a repeat may be a second message. The list shows it.
///
/// Files of uploads stay outside of the database: processes of a cluster share the upload folder, and rows name files relative to it.
/// This part: accepting messages.
/// </summary>
internal sealed partial class PostgresOutbox : IOutboxStore, IOutboxWork, IAsyncDisposable
{
    public static readonly PostgresMigration[] Migrations = PostgresOutboxSchema.Migrations;

    private readonly PostgresDatabase _database;
    private readonly BotAccess _bots;
    private readonly long[] _botIds;
    private readonly OutboxSettings _settings;
    private readonly TimeProvider _time;
    private readonly OutboxOwnership _ownership;
    private readonly OutboxLeaseLoop _leases;
    private readonly PostgresListener _listener;
    private readonly OutboxNotices _notices;
    private readonly PostgresWriter _callers;
    private readonly PostgresWriter _engine;
    private readonly CancellationTokenSource _stop = new();
    private readonly OutboxIds _ids = new();
    private long _skewUs;
    private Task _running = Task.CompletedTask;

    private PostgresOutbox(
        PostgresDatabase database, BotRegistry bots, OutboxSettings settings, int leaseMs, TimeProvider time, ILoggerFactory loggers)
    {
        ILogger logger = loggers.CreateLogger<PostgresOutbox>();
        (_database, _bots, _settings, _time) = (database, new BotAccess(bots), settings, time);
        _botIds = [.. bots.All.Select(bot => bot.Id)];
        _ownership = new OutboxOwnership(database, _botIds, leaseMs, time);
        _notices = new OutboxNotices(database);
        _leases = new OutboxLeaseLoop(
            _ownership, SettleAsync, () => Changed?.Invoke([], true), () => _notices.Tell([], look: false, owners: true), leaseMs, time, logger);
        _listener = new PostgresListener(database, OutboxNotices.Channel, Hear, () => Changed?.Invoke([], true), time, logger);
        _callers = new PostgresWriter(database, us => Begin(us, _ids), () => _ownership.Slot * 2, OnCommitted, logger);
        _engine = new PostgresWriter(database, us => Begin(us, null), () => (_ownership.Slot * 2) + 1, OnCommitted, logger);
    }

    /// <summary>What became sendable for this process. Called on the pool; must be quick.</summary>
    public event Action<IReadOnlyList<OutboxHint>, bool>? Changed;

    /// <summary>Joins the cluster: from then on it accepts, and hears of the others. It sends from BeginAsync on.</summary>
    /// <param name="database">With <see cref="Migrations"/> applied.</param>
    /// <param name="bots">The same in every process of the cluster.</param>
    /// <param name="settings">The upload folder is one for all processes.</param>
    /// <param name="leaseMs">How long a process that does not renew keeps its bots.</param>
    /// <param name="time">The system's; another one (a test's) is taken for the server's clock too.</param>
    /// <param name="loggers">Theirs.</param>
    /// <exception cref="NpgsqlException">The server is away.</exception>
    /// <exception cref="InvalidOperationException">The cluster has Limits.OutboxSlots processes already.</exception>
    public static async Task<PostgresOutbox> OpenAsync(
        PostgresDatabase database, BotRegistry bots, OutboxSettings settings, int leaseMs, TimeProvider time, ILoggerFactory loggers)
    {
        var outbox = new PostgresOutbox(database, bots, settings, leaseMs, time, loggers);
        if (!await outbox._ownership.JoinAsync().ConfigureAwait(false))
        {
            throw new InvalidOperationException($"the cluster has {Limits.OutboxSlots} processes already");
        }

        outbox._ids.Above(await outbox.ReadAsync(HighestAsync).ConfigureAwait(false));
        outbox._running = Task.WhenAll(
            Task.Run(() => outbox._leases.RunAsync(outbox._stop.Token)), Task.Run(() => outbox._listener.RunAsync(outbox._stop.Token)));
        return outbox;
    }

    /// <summary>Leaves the cluster. Call after OutboxHost.StopAsync and before the database is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        try
        {
            await _ownership.LeaveAsync().ConfigureAwait(false);
            await using NpgsqlCommand last = _database.Source.CreateCommand("SELECT pg_notify($1, 'owners')").With(OutboxNotices.Channel);
            await last.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresDatabase.IsOutage(error))
        {
            // Its lease ends by itself.
        }
    }

    public Task<Acceptance> AcceptAsync(NewMessage message)
    {
        var work = new PostgresWork<Acceptance>(transaction => Accept(transaction, message), Unavailable)
        {
            Key = message.IdempotencyKey is { } key ? (message.Bot.Id, key) : default,
            Bytes = message.Parameters.Length,
        };
        return _callers.RunAsync(work, bounded: true);
    }

    private static Acceptance Unavailable => new(AcceptOutcome.Unavailable, default, default);

    private static Acceptance Accept(PostgresTransaction transaction, NewMessage message)
    {
        if (Earlier(transaction, message.Bot.Id, message.IdempotencyKey, message.RequestHash.Span) is { } earlier) return earlier;
        MessageId id = transaction.NextId();
        long lane = OutboxNumbers.LaneOf(message.Chat);
        int flags = OutboxNumbers.FlagsOf(message.Paid, message.OnUnknown, message.CallbackUrl, message.Transport);
        transaction.Add(new PostgresNew
        {
            Id = id.Value,
            IsReady = message.NotBeforeUnixMs <= transaction.NowUnixMs,
            BotId = message.Bot.Id,
            Queue = OutboxNumbers.QueueOf(message.Bot.Id, message.Priority),
            Lane = lane,
            Chat = lane,
            Flags = flags | (message.Uploads.Count > 0 ? OutboxSchema.FlagUploads : 0),
            Weight = message.Weight,
            NotBeforeUnixMs = message.NotBeforeUnixMs,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
            Method = message.Method,
            ChatName = message.Chat.Name,
            Callback = message.CallbackUrl?.AbsoluteUri,
            Key = message.IdempotencyKey,
            Parameters = message.Parameters.ToArray(),
        });
        foreach (StoredUpload upload in message.Uploads) transaction.NewUploads.Add((id.Value, upload));
        if (message.IdempotencyKey is { } key) transaction.AddKey(message.Bot.Id, key, id, message.RequestHash.ToArray());
        return new Acceptance(AcceptOutcome.Accepted, id, MessageState.Queued);
    }

    /// <summary>What has the key already, message or broadcast: they share the bot's keys.</summary>
    private static Acceptance? Earlier(PostgresTransaction transaction, long bot, string? key, ReadOnlySpan<byte> requestHash)
    {
        if (key is null || !transaction.Keys.TryGetValue((bot, key), out (Acceptance Known, byte[] Hash) earlier)) return null;
        bool isSame = requestHash.SequenceEqual(earlier.Hash);
        return isSame ? earlier.Known : earlier.Known with { Outcome = AcceptOutcome.Conflict };
    }

    // Only callers' works make ids.
    private PostgresTransaction Begin(long serverUnixUs, OutboxIds? ids)
    {
        bool isSystem = ReferenceEquals(_time, TimeProvider.System);
        long localUs = _time.GetUtcNow().Subtract(DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        if (isSystem) Volatile.Write(ref _skewUs, serverUnixUs - localUs);
        return new PostgresTransaction(isSystem ? serverUnixUs : localUs, ids, _ownership.Slot);
    }

    // By the server's clock, as far as it is known.
    private long NowUnixMs() => _time.GetUtcNow().ToUnixTimeMilliseconds() + (Volatile.Read(ref _skewUs) / 1_000);

    private void OnCommitted(PostgresTransaction transaction)
    {
        foreach ((long bot, long count) in transaction.Accepted) OutboxMetrics.Accepted(NameOf(bot), count);
        foreach ((long bot, MessageState state, long ageMs) in transaction.Finals) OutboxMetrics.Ended(NameOf(bot), state, ageMs);
        foreach (string file in transaction.Files) UploadFolder.Delete(_settings.UploadDir, file);
        List<OutboxHint> ours = [], others = [];
        foreach ((OutboxHint hint, long bot) in transaction.Hints) (_ownership.EpochOf(bot) != 0 ? ours : others).Add(hint);
        if (ours.Count > 0 || transaction.BroadcastsChanged) Changed?.Invoke(ours, transaction.BroadcastsChanged);
        // A broadcast's owner may be another process: it is told to look.
        if (others.Count > 0 || transaction.BroadcastsChanged) _notices.Tell(others, transaction.BroadcastsChanged, owners: false);
    }

    private void Hear(string notice)
    {
        (List<OutboxHint> hints, bool look, bool owners) = OutboxNotices.Read(notice);
        if (owners) _leases.Wake();
        hints.RemoveAll(hint => !OutboxNumbers.IsBroadcastQueue(hint.Queue) && _ownership.EpochOf(OutboxNumbers.BotOf(hint.Queue)) == 0);
        if (hints.Count > 0 || look) Changed?.Invoke(hints, look);
    }

    // Of bots that are gone there may be any number.
    private string NameOf(long bot) => _bots.Find(bot)?.Name ?? "gone";

    private static async Task<long> HighestAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "SELECT greatest((SELECT max(id) FROM outbox_message), (SELECT max(id) FROM outbox_broadcast), 0)", connection);
        return await command.ExecuteScalarAsync().ConfigureAwait(false) is long highest ? highest : 0;
    }

    /// <summary>For loops that come again: while the server is away there is nothing to do. Health says why, and the log said so once.</summary>
    private async Task<T> ReadOrAsync<T>(T nothing, Func<NpgsqlConnection, Task<T>> work)
    {
        try
        {
            return await ReadAsync(work).ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresDatabase.IsOutage(error))
        {
            return nothing;
        }
    }

    private async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        try
        {
            await using NpgsqlConnection connection = await _database.Source.OpenConnectionAsync().ConfigureAwait(false);
            T result = await work(connection).ConfigureAwait(false);
            _database.Worked();
            return result;
        }
        catch (Exception error) when (PostgresDatabase.IsOutage(error))
        {
            _database.Failed(error);
            throw;
        }
    }
}
