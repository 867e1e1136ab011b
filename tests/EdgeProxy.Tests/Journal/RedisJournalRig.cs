using EdgeProxy.Journal;
using EdgeProxy.Redis;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Journal;

/// <summary>A server that keeps what it acknowledges, and processes' journals on it.</summary>
internal sealed class RedisJournalRig : IAsyncDisposable
{
    public const int Partitions = 4;
    private readonly List<RedisJournal> _journals = [];

    public RedisJournalRig(params string[] arguments)
    {
        Server = new(["--appendonly", "yes", "--appendfsync", "always", .. arguments]);
        Admin = RedisRig.Client(Server.Url);
    }

    public RedisServer Server { get; }

    /// <summary>For looks from outside.</summary>
    public RedisClient Admin { get; }

    public RedisJournal Journal(Func<RedisJournalSettings, RedisJournalSettings>? change = null, TimeProvider? time = null) =>
        Keep(On(Server.Url, change, time));

    public static RedisJournal On(string url, Func<RedisJournalSettings, RedisJournalSettings>? change = null, TimeProvider? time = null)
    {
        Assert.True(RedisOptions.TryParse(url, out RedisOptions? options, out string? error), error);
        var settings = new RedisJournalSettings("test", options! with { ConnectMs = 2_000, HangMs = 1_000 }, Partitions) { WatchMs = 200 };
        var journal = new RedisJournal(change?.Invoke(settings) ?? settings, time ?? TimeProvider.System, NullLoggerFactory.Instance);
        journal.Start();
        return journal;
    }

    /// <summary>An update of a chat: its partition follows the chat.</summary>
    public static UpdateEnvelope Envelope(long updateId, long chatId) =>
        JournalFolder.Envelope(updateId) with { ChatId = chatId, Key = new(QueueScope.Chat, UpdateKind.Unknown, chatId) };

    public static ValueTask<AppendOutcome> AppendAsync(RedisJournal journal, long id, long chatId = 7, int bytes = 0, long bot = 1) =>
        journal.AppendAsync(bot, Envelope(id, chatId), JournalFolder.Body(id, bytes));

    public static int PartitionOf(long chatId, long bot = 1) => JournalPartition.Of(bot, new(QueueScope.Chat, UpdateKind.Unknown, chatId), Partitions);

    public static async Task<RedisPartition> OpenAsync(RedisJournal journal, int number)
    {
        RedisPartition? log = null;
        await RedisRig.UntilAsync(async () => (log = await journal.OpenPartitionAsync(number)) is not null, "the partition opens");
        return log!;
    }

    /// <summary>Reads exactly so many records, waiting for them, and checks each body.</summary>
    public static async Task<List<long>> ReadAsync(IJournalReader reader, int count)
    {
        using var timeOut = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var ids = new List<long>();
        while (ids.Count < count)
        {
            if (Next(reader) is { } id) ids.Add(id);
            else await reader.WaitForMoreAsync(timeOut.Token);
        }

        return ids;
    }

    /// <summary>The next update_id that is at hand; its body is compared with what was appended.</summary>
    public static long? Next(IJournalReader reader)
    {
        if (!reader.TryReadNext(out JournalRecord record)) return null;
        Assert.Equal(record.Position + 1, record.NextPosition);
        Assert.Equal(reader.Position, record.NextPosition);
        Assert.True(record.Body.Span.SequenceEqual(JournalFolder.Body(record.Envelope.UpdateId, record.Body.Length)), "the body as it was appended");
        return record.Envelope.UpdateId;
    }

    /// <summary>All update_ids of all partitions as a new process finds them.</summary>
    public async Task<List<long>> ReadAllAsync()
    {
        await using RedisJournal journal = On(Server.Url);
        var ids = new List<long>();
        for (int number = 0; number < Partitions; number++)
        {
            await using RedisPartition log = await OpenAsync(journal, number);
            using IJournalReader reader = log.OpenReader(0);
            ids.AddRange(await ReadAsync(reader, (int)journal.LookOf(number).Records));
        }

        return ids;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RedisJournal journal in _journals) await journal.DisposeAsync();
        await Admin.DisposeAsync();
        Server.Dispose();
    }

    private RedisJournal Keep(RedisJournal journal)
    {
        _journals.Add(journal);
        return journal;
    }
}
