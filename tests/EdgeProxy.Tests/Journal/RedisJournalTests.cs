using System.Text;
using EdgeProxy.Journal;
using EdgeProxy.Redis;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Redis;
using static EdgeProxy.Tests.Journal.RedisJournalRig;

namespace EdgeProxy.Tests.Journal;

/// <summary>Appending to Redis and what it remembers.</summary>
public sealed class RedisJournalTests
{
    [Fact]
    public async Task What_is_appended_is_read_as_it_was_and_in_order()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader reader = log.OpenReader(0);
        var envelope = Envelope(5, 7) with { ThreadId = 3, CommandOffset = 11, CommandLength = 6, DateUnixS = 1_700_000_001 };
        byte[] body = Encoding.UTF8.GetBytes("""{"update_id":5,"message":{"text":"/старт \u0416"}}""");
        Assert.Equal(AppendOutcome.Appended, await journal.AppendAsync(long.MaxValue, envelope with { Key = KeyIn(log.Number, long.MaxValue) }, body));
        using var timeOut = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        JournalRecord record;
        while (!reader.TryReadNext(out record)) await reader.WaitForMoreAsync(timeOut.Token);
        Assert.Equal(body, record.Body.ToArray());
        Assert.Equal(long.MaxValue, record.BotId);
        Assert.Equal((5, 3, 11, 6), (record.Envelope.UpdateId, record.Envelope.ThreadId, record.Envelope.CommandOffset, record.Envelope.CommandLength));
        Assert.InRange(record.ReceivedUnixMs, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 60_000, long.MaxValue);

        // Each awaited before the next: so is their order.
        for (int id = 10; id < 300; id++) Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, id));
        Assert.Equal(Enumerable.Range(10, 290).Select(id => (long)id), await ReadAsync(reader, 290));
        Assert.Null(Next(reader));
        Assert.True(log.Tail > record.Position);
    }

    [Fact]
    public async Task The_same_update_sent_to_two_processes_at_once_is_kept_once()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal[] journals = [rig.Journal(), rig.Journal()];
        const int Updates = 2_000;
        int appended = 0;
        int duplicates = 0;
        await Task.WhenAll(journals.Select(journal => Task.Run(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, Updates).Select(async id =>
            {
                switch (await AppendAsync(journal, id, chatId: id % 50))
                {
                    case AppendOutcome.Appended:
                        Interlocked.Increment(ref appended);
                        break;
                    case AppendOutcome.Duplicate:
                        Interlocked.Increment(ref duplicates);
                        break;
                }
            }));
        })));
        Assert.Equal((Updates, Updates), (appended, duplicates));
        List<long> all = await rig.ReadAllAsync();
        Assert.Equal(Enumerable.Range(0, Updates).Select(id => (long)id), all.Order());
    }

    [Fact]
    public async Task Any_id_of_any_bot_is_remembered_by_itself()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        long[] ids = [0, 1, -1, -4096, -4097, 4095, 4096, (1L << 53) + 1, (1L << 53) + 2, long.MaxValue, long.MaxValue - 1, long.MinValue, long.MinValue + 1];
        foreach (AppendOutcome expected in (AppendOutcome[])[AppendOutcome.Appended, AppendOutcome.Duplicate])
        {
            foreach (long bot in (long[])[1, 2, -1, long.MaxValue, (1L << 53) + 1, 1L << 53])
            {
                foreach (long id in ids) Assert.Equal(expected, await journal.AppendAsync(bot, Envelope(id, 7) with { Key = KeyIn(1, bot) }, "{}"u8.ToArray()));
            }
        }

        // A bitmap lives at least as long as Telegram repeats an update.
        string key = "{test:p1}:d:1:0";
        Assert.InRange(int.Parse((await RedisRig.AskAsync(rig.Admin, "TTL", key)).Text), 25 * 3600, 50 * 3600);
        await RedisRig.AskAsync(rig.Admin, "EXPIRE", key, "90060");
        await journal.AppendAsync(1, Envelope(2, 7) with { Key = KeyIn(1, 1) }, "{}"u8.ToArray());
        Assert.InRange(int.Parse((await RedisRig.AskAsync(rig.Admin, "TTL", key)).Text), 90_000, 90_060);
        await RedisRig.AskAsync(rig.Admin, "EXPIRE", key, "89999");
        await journal.AppendAsync(1, Envelope(3, 7) with { Key = KeyIn(1, 1) }, "{}"u8.ToArray());
        Assert.InRange(int.Parse((await RedisRig.AskAsync(rig.Admin, "TTL", key)).Text), 100_000, 180_000);
    }

    [Fact]
    public void Partitions_are_the_same_for_ever()
    {
        (long Bot, QueueScope Scope, UpdateKind Kind, long Id, int Of16, int Of7)[] known = KnownPartitions;
        foreach (var (bot, scope, kind, id, of16, of7) in known)
        {
            var key = new QueueKey(scope, kind, id);
            Assert.Equal((of16, of7), (JournalPartition.Of(bot, key, 16), JournalPartition.Of(bot, key, 7)));
        }

        // Even shares, whether bots, chats or kinds differ.
        foreach (Func<int, int> place in (Func<int, int>[])[
            n => JournalPartition.Of(1, new(QueueScope.Chat, UpdateKind.Unknown, n), 16),
            n => JournalPartition.Of(1, new(QueueScope.Chat, UpdateKind.Unknown, -1_000_000_000_000L - (n * 16L)), 16),
            n => JournalPartition.Of(n, new(QueueScope.Chat, UpdateKind.Unknown, 5), 16)])
        {
            var shares = new int[16];
            for (int n = 0; n < 16_000; n++) shares[place(n)]++;
            Assert.All(shares, share => Assert.InRange(share, 850, 1150));
        }
    }

    [Fact]
    public async Task Out_of_memory_stores_neither_record_nor_id_and_heals_by_itself()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        for (int id = 0; id < 50; id++) Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, id));
        Assert.Equal("OK", (await RedisRig.AskAsync(rig.Admin, "CONFIG", "SET", "maxmemory", "1")).Text);
        for (int id = 50; id < 100; id++) Assert.Equal(AppendOutcome.Full, await AppendAsync(journal, id));
        Assert.Contains("OOM", journal.Fault);
        Assert.Contains("OOM", journal.Snapshot().Fault);
        Assert.Equal("OK", (await RedisRig.AskAsync(rig.Admin, "CONFIG", "SET", "maxmemory", "0")).Text);
        await RedisRig.UntilAsync(() => Task.FromResult(journal.Fault is null), "ready again without an update");
        for (int id = 50; id < 100; id++) Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, id));
        Assert.Equal(Enumerable.Range(0, 100).Select(id => (long)id), await rig.ReadAllAsync());
    }

    [Fact]
    public async Task A_refusal_in_the_middle_of_the_script_takes_the_id_back()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        string stream = $"{{test:p{PartitionOf(7)}}}:s";
        // An id at the end of the number space: XADD has no next one.
        await RedisRig.AskAsync(rig.Admin, "XADD", stream, "18446744073709551615-18446744073709551615", "u", "x");
        Assert.Equal(AppendOutcome.DiskFailed, await AppendAsync(journal, 1));
        Assert.NotNull(journal.Fault);
        await RedisRig.AskAsync(rig.Admin, "DEL", stream);
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 1));
        Assert.Null(journal.Fault);
    }

    [Fact]
    public async Task A_full_partition_refuses_new_updates_and_knows_old_ones()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal(settings => settings with { RecordsMax = 100 });
        for (int id = 0; id < 100; id++) Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, id));
        Assert.Equal(AppendOutcome.Full, await AppendAsync(journal, 100));
        Assert.Equal(AppendOutcome.Duplicate, await AppendAsync(journal, 5));
        Assert.Null(journal.Fault);

        // What is released goes at once when there is no room, and the refused one finds its place.
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        log.ReleaseBefore(log.Tail);
        await RedisRig.UntilAsync(async () => await AppendAsync(journal, 100) is AppendOutcome.Appended, "room again");
        Assert.Equal(AppendOutcome.Duplicate, await AppendAsync(journal, 5));
    }

    [Fact]
    public async Task A_server_whose_clock_was_set_back_keeps_positions_growing()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        int partition = PartitionOf(7);
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 1));
        long future = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 3_600_000;
        Assert.Equal("OK", (await RedisRig.AskAsync(rig.Admin, "XSETID", $"{{test:p{partition}}}:s", $"{future}-999995")).Text);
        for (int id = 2; id < 20; id++) Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, id));
        await using RedisPartition log = await OpenAsync(journal, partition);
        using IJournalReader reader = log.OpenReader(0);
        Assert.Equal(Enumerable.Range(1, 19).Select(id => (long)id), await ReadAsync(reader, 19));
        Assert.Equal(future + 1, StreamId.MsOf(reader.Position));
    }

    private static QueueKey KeyIn(int partition, long bot)
    {
        for (long chat = 0; ; chat++)
        {
            if (PartitionOf(chat, bot) == partition) return new(QueueScope.Chat, UpdateKind.Unknown, chat);
        }
    }

    private static readonly (long, QueueScope, UpdateKind, long, int, int)[] KnownPartitions =
    [
        // Calculated beside this program.
        (1, QueueScope.Chat, UpdateKind.Unknown, 7, 10, 5),
        (123456789, QueueScope.Chat, UpdateKind.Unknown, -1001234567890, 1, 4),
        (123456789, QueueScope.User, UpdateKind.CallbackQuery, 987654321, 14, 3),
        (-1, QueueScope.Chat, UpdateKind.Unknown, long.MinValue, 8, 1),
        (123456789, QueueScope.Update, UpdateKind.Unknown, 42, 3, 3),
    ];
}
