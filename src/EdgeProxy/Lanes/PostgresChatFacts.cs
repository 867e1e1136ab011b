using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Lanes;

/// <summary>
/// Facts about chats that the processes of a cluster share. One loop, every Limits.ChatFactsTickMs:
/// 1. What others told is taken over, in the order in which it was committed; what this process is about to write itself is not.
/// 2. After a reconnection everything is read again: what was told meanwhile is lost.
/// 3. Changes are written in batches, and told in the same transaction. What fails waits for the server.
/// 4. Names and who wrote lately are told, not kept.
/// A process hears its own notifications too, so that of two racing changes all end with the one that was committed last.
/// </summary>
internal sealed partial class PostgresChatFacts : IChatFactTable, IAsyncDisposable
{
    public static readonly PostgresMigration[] Migrations =
    [
        new("lanes", 1,
            """
            CREATE TABLE lanes_suppressed (
              bot bigint NOT NULL,
              chat bigint NOT NULL,
              since timestamptz NOT NULL,
              PRIMARY KEY (bot, chat)
            );
            CREATE TABLE lanes_migrated (
              bot bigint NOT NULL,
              chat bigint NOT NULL,
              became bigint NOT NULL,
              PRIMARY KEY (bot, chat)
            );
            CREATE TABLE lanes_spending (
              bot bigint NOT NULL,
              day integer NOT NULL,
              process bigint NOT NULL,
              tenths bigint NOT NULL,
              PRIMARY KEY (bot, day, process)
            )
            """),
    ];

    private const string Channel = "edgeproxy_chat_facts";
    private readonly PostgresDatabase _database;
    private readonly PostgresListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly PeriodicTimer _timer;
    private readonly TimeProvider _time;
    private readonly Channel<string> _told = System.Threading.Channels.Channel.CreateBounded<string>(Limits.ChatFactsToldMax);
    private readonly ConcurrentDictionary<(ChatKey Key, bool Migrated), TaskCompletionSource> _pending = new();
    private readonly ConcurrentQueue<(long Bot, string Name, long Chat)> _names = new();
    private readonly ulong[] _heard = new ulong[Limits.HeardToldMax];
    private readonly Func<ChatKey, bool> _newer;
    private ChatFacts _facts = null!;
    private Task _running = Task.CompletedTask;
    private int _stale;
    private volatile bool _ended;

    public PostgresChatFacts(PostgresDatabase database, TimeProvider time, ILogger logger)
    {
        (_database, _time) = (database, time);
        _timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Limits.ChatFactsTickMs), time);
        _newer = key => _pending.ContainsKey((key, false));
        _listener = new PostgresListener(database, Channel, Told, () => Volatile.Write(ref _stale, 1), time, logger);
    }

    public HeardShare? Heard { get; } = new();

    /// <summary>Loads what the others know, and follows them from now on.</summary>
    /// <exception cref="NpgsqlException">They cannot be read. As <see cref="TimeoutException"/>.</exception>
    public async Task StartAsync(ChatFacts facts)
    {
        _facts = facts;
        await LoadAsync().ConfigureAwait(false);
        _running = Task.WhenAll(_listener.RunAsync(_stopping.Token), RunAsync());
    }

    public Task KeepSuppressionAsync(ChatFacts facts, ChatKey key) => KeepAsync((key, false));

    public Task KeepMigrationAsync(ChatFacts facts, ChatKey key) => KeepAsync((key, true));

    public void TellName(long bot, string name, long chatId)
    {
        if (_names.Count < Limits.ChatNamesMax) _names.Enqueue((bot, name, chatId));
    }

    public bool IsFailure(Exception error) => PostgresCall.IsFailure(error);

    /// <summary>Ends the loop after a last attempt to write.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _timer.Dispose();
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Told(string words)
    {
        if (!_told.Writer.TryWrite(words)) Volatile.Write(ref _stale, 1);
    }

    private Task KeepAsync((ChatKey Key, bool Migrated) fact)
    {
        if (_ended) return Task.FromException(new ObjectDisposedException(nameof(PostgresChatFacts)));
        if (_pending.Count >= Limits.ChatFactsPendingMax) return Task.FromException(new TimeoutException("Too many facts wait for PostgreSQL"));
        return _pending.GetOrAdd(fact, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private async Task RunAsync()
    {
        bool more = true;
        while (more)
        {
            more = await _timer.WaitForNextTickAsync().ConfigureAwait(false);
            try
            {
                // 1. Take over
                while (_told.Reader.TryRead(out string? words)) ChatFactWords.Apply(words, _facts, _newer);

                // 2. Read again
                if (more && Interlocked.Exchange(ref _stale, 0) != 0) await LoadAsync().ConfigureAwait(false);

                // 3. Write
                while (await WriteAsync().ConfigureAwait(false))
                {
                }

                // 4. Tell
                await TellAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (IsFailure(error))
            {
                Volatile.Write(ref _stale, 1);
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.PostgresRetryMs), _time, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _ended = true;
        foreach (TaskCompletionSource left in _pending.Values) left.TrySetException(new ObjectDisposedException(nameof(PostgresChatFacts)));
    }

    private async Task LoadAsync()
    {
        var suppressed = new HashSet<ChatKey>();
        _ = await _database.RunAsync(async (connection, stop) =>
        {
            suppressed.Clear();
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT bot, chat FROM lanes_suppressed LIMIT {Limits.SuppressedChatsMax}"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT bot, chat, became FROM lanes_migrated LIMIT {Limits.MigratedChatsMax}"));
            await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
            while (await rows.ReadAsync(stop).ConfigureAwait(false)) suppressed.Add(new ChatKey(rows.GetInt64(0), rows.GetInt64(1)));
            await rows.NextResultAsync(stop).ConfigureAwait(false);
            while (await rows.ReadAsync(stop).ConfigureAwait(false))
            {
                _facts.TakeMigration(new ChatKey(rows.GetInt64(0), rows.GetInt64(1)), rows.GetInt64(2));
            }

            return suppressed.Count;
        }, Limits.PostgresLoadMs).ConfigureAwait(false);
        _facts.DropSuppressions(suppressed, _newer);
        foreach (ChatKey key in suppressed)
        {
            if (!_newer(key)) _facts.TakeSuppression(key, true);
        }
    }

    /// <summary>One batch; false when nothing was left to write.</summary>
    private async Task<bool> WriteAsync()
    {
        if (_pending.IsEmpty) return false;
        var batch = new ChatFactBatch();
        var waiting = new List<((ChatKey, bool) Fact, TaskCompletionSource Done)>();
        foreach (((ChatKey Key, bool Migrated) fact, _) in _pending)
        {
            if (waiting.Count == Limits.ChatFactsBatch) break;
            // From here on a change in memory comes back with the next batch.
            if (!_pending.TryRemove(fact, out TaskCompletionSource? done)) continue;
            waiting.Add((fact, done));
            if (fact.Migrated) batch.AddMigration(fact.Key, _facts.Became(fact.Key));
            else batch.AddSuppression(fact.Key, _facts.IsSuppressed(fact.Key));
        }

        if (waiting.Count == 0) return false;
        try
        {
            await _database.RunAsync((connection, stop) => batch.WriteAsync(connection, Channel, stop)).ConfigureAwait(false);
        }
        catch (Exception error) when (IsFailure(error))
        {
            foreach (((ChatKey, bool) fact, TaskCompletionSource done) in waiting)
            {
                _ = KeepAsync(fact);
                done.SetException(error);
            }

            throw;
        }

        foreach ((_, TaskCompletionSource done) in waiting) done.SetResult();
        return true;
    }

    private async Task TellAsync()
    {
        if (!_names.IsEmpty)
        {
            var words = new StringBuilder();
            for (int left = Limits.ChatNamesTold; left > 0 && _names.TryDequeue(out (long Bot, string Name, long Chat) name); left--)
            {
                ChatFactWords.AddName(words, name.Bot, name.Name, name.Chat);
            }

            if (words.Length > 0) await NotifyAsync(words.ToString()).ConfigureAwait(false);
        }

        int count;
        do
        {
            count = Heard!.Take(_heard);
            if (count > 0) await NotifyAsync(ChatFactWords.OfHeard(_heard.AsSpan(0, count))).ConfigureAwait(false);
        }
        while (count == _heard.Length);
    }

    private Task<int> NotifyAsync(string words) => _database.RunAsync(async (connection, stop) =>
    {
        await using var command = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection);
        command.With(Channel).With(words);
        return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    });
}
