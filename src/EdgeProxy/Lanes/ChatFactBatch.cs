using System.Text;
using EdgeProxy.Postgres;
using Npgsql;

namespace EdgeProxy.Lanes;

/// <summary>Facts that are written and told in one transaction. Each chat comes once of each kind.</summary>
internal sealed class ChatFactBatch
{
    private readonly Columns _suppressed = new();
    private readonly Columns _lifted = new();
    private readonly Columns _migrated = new();
    private readonly StringBuilder _words = new();

    public void AddSuppression(ChatKey key, bool suppressed)
    {
        (suppressed ? _suppressed : _lifted).Add(key, 0);
        ChatFactWords.AddSuppression(_words, key, suppressed);
    }

    public void AddMigration(ChatKey key, long became)
    {
        _migrated.Add(key, became);
        ChatFactWords.AddMigration(_words, key, became);
    }

    public async Task<int> WriteAsync(NpgsqlConnection connection, string channel, CancellationToken stop)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, _suppressed, false,
            "INSERT INTO lanes_suppressed (bot, chat, since) SELECT f.bot, f.chat, now() FROM unnest($1, $2) AS f (bot, chat) ON CONFLICT DO NOTHING");
        Add(batch, _lifted, false, "DELETE FROM lanes_suppressed s USING unnest($1, $2) AS f (bot, chat) WHERE s.bot = f.bot AND s.chat = f.chat");
        Add(batch, _migrated, true,
            """
            INSERT INTO lanes_migrated (bot, chat, became) SELECT f.bot, f.chat, f.became FROM unnest($1, $2, $3) AS f (bot, chat, became)
            ON CONFLICT (bot, chat) DO UPDATE SET became = excluded.became
            """);
        var notify = new NpgsqlBatchCommand("SELECT pg_notify($1, $2)");
        notify.With(channel).With(_words.ToString());
        batch.BatchCommands.Add(notify);
        return await batch.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    private static void Add(NpgsqlBatch batch, Columns columns, bool became, string sql)
    {
        if (columns.Bots.Count == 0) return;
        var command = new NpgsqlBatchCommand(sql);
        command.With(columns.Bots.ToArray()).With(columns.Chats.ToArray());
        if (became) command.With(columns.Became.ToArray());
        batch.BatchCommands.Add(command);
    }

    private sealed class Columns
    {
        public List<long> Bots { get; } = [];
        public List<long> Chats { get; } = [];
        public List<long> Became { get; } = [];

        public void Add(ChatKey key, long became)
        {
            Bots.Add(key.Bot);
            Chats.Add(key.Chat);
            Became.Add(became);
        }
    }
}
