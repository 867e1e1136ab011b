using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Simulator;

namespace EdgeProxy.Tests.Sender;

[Collection(PostgresTests.Name)]
public sealed class PostgresChatFactsTests(PostgresServer server)
{
    private static readonly SendTerms Bulk = SenderRig.Patient with { Priority = LanePriority.Bulk, RaiseWhenHeard = false };

    [Fact]
    public async Task A_block_that_one_process_meets_holds_bulk_at_the_other_until_the_chat_is_heard_from_at_the_first()
    {
        await using FakeTelegram telegram = await FakeTelegram.StartAsync(new FakeTelegramOptions { EnforceLimits = false });
        telegram.AddBot(SenderRig.Token);
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where, telegram.Url);
        await using StateProcess b = await StateProcess.StartAsync(where, telegram.Url);
        Assert.True(telegram.Faults.Add(new FaultRule { Kind = FaultKind.Blocked, Count = 1 }));
        Assert.Equal(SendOutcome.Blocked, (await a.Sender.SendAsync(a.Bot, SenderRig.Message("5"), Bulk, default)).Outcome);
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Facts.IsSuppressed(b.Bot, 5)));
        Assert.Equal(SendOutcome.Suppressed, (await b.Sender.SendAsync(b.Bot, SenderRig.Message("5"), Bulk, default)).Outcome);

        Hear(a, 5);
        Assert.False(a.Facts.IsSuppressed(a.Bot, 5));
        Assert.True(await TelegramClient.EventuallyAsync(() => !b.Facts.IsSuppressed(b.Bot, 5)));
        Assert.Equal(SendOutcome.Sent, (await b.Sender.SendAsync(b.Bot, SenderRig.Message("5"), Bulk, default)).Outcome);
    }

    [Fact]
    public async Task Migrations_names_and_who_wrote_lately_are_known_to_the_other_process()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        await a.Facts.MigrateAsync(a.Bot, -5, -1005);
        Hear(a, 7);
        Hear(a, -1008);

        // A name is told once: it comes with the listening.
        int number = 0;
        Assert.True(await TelegramClient.EventuallyAsync(() =>
        {
            a.Facts.Learn(a.Bot, "@news", -100 - ++number);
            return b.Facts.Resolve(b.Bot, "@news") != 0;
        }));
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Facts.Current(b.Bot, -5) == -1005));
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Facts.HeardLately(b.Bot, 7) && b.Facts.HeardLately(b.Bot, -1008)));
        Assert.False(b.Facts.HeardLately(b.Bot, 8));
        await using StateProcess late = await StateProcess.StartAsync(where);
        Assert.Equal(-1005, late.Facts.Current(late.Bot, -5));
    }

    [Fact]
    public async Task Many_chats_that_write_at_once_become_known_and_hearing_allocates_nothing()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        Bot bot = a.Bot;
        UpdateEnvelope update = new() { Kind = UpdateKind.Message, ChatId = 1 };
        a.Facts.Heard(bot, update);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int chat = 1; chat <= 3_000; chat++)
        {
            update.ChatId = chat;
            a.Facts.Heard(bot, update);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        // Two of so many may share a place of the table and push each other out.
        Assert.True(await TelegramClient.EventuallyAsync(() => Enumerable.Range(1, 3_000).Count(chat => b.Facts.HeardLately(b.Bot, chat)) > 2_950));
    }

    [Fact]
    public async Task Changes_that_race_at_two_processes_end_alike_everywhere()
    {
        const int Chats = 20;
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        await Task.WhenAll(new[] { a, b }.Select(process => Task.Run(async () =>
        {
            for (int round = 0; round < 400; round++)
            {
                int chat = Random.Shared.Next(1, Chats + 1);
                _ = Random.Shared.Next(2) == 0 ? process.Facts.SuppressAsync(process.Bot, chat) : process.Facts.LiftAsync(process.Bot, chat);
                await Task.Delay(1);
            }
        })));
        Assert.True(await TelegramClient.EventuallyAsync(() => Suppressed(a).SequenceEqual(Suppressed(b))));

        // The last word is the table's.
        await a.Facts.SuppressAsync(a.Bot, 99);
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Facts.IsSuppressed(b.Bot, 99)));
        Assert.Equal(Suppressed(a), Suppressed(b));
        await using StateProcess late = await StateProcess.StartAsync(where);
        Assert.Equal((Suppressed(a), a.Facts.SuppressedCount), (Suppressed(late), late.Facts.SuppressedCount), Alike);

        List<int> Suppressed(StateProcess process) => [.. Enumerable.Range(1, Chats).Where(chat => process.Facts.IsSuppressed(process.Bot, chat))];
    }

    [Fact]
    public async Task What_changes_while_the_server_is_away_is_in_force_at_once_and_shared_when_it_is_back()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        await a.Facts.SuppressAsync(a.Bot, 5);
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Facts.IsSuppressed(b.Bot, 5)));
        server.Crash();
        try
        {
            // The tasks end without the server.
            await a.Facts.SuppressAsync(a.Bot, 6).WaitAsync(TimeSpan.FromSeconds(30));
            Hear(b, 5);
            Assert.True(a.Facts.IsSuppressed(a.Bot, 6));
            Assert.False(b.Facts.IsSuppressed(b.Bot, 5));
        }
        finally
        {
            server.Launch();
        }

        Assert.True(await TelegramClient.EventuallyAsync(() => b.Facts.IsSuppressed(b.Bot, 6) && !a.Facts.IsSuppressed(a.Bot, 5)));
        Assert.Equal((true, false), (a.Facts.IsSuppressed(a.Bot, 6), b.Facts.IsSuppressed(b.Bot, 5)));
    }

    private static bool Alike((List<int> Chats, int Count) one, (List<int> Chats, int Count) other) =>
        one.Chats.SequenceEqual(other.Chats) && one.Count == other.Count;

    private static void Hear(StateProcess process, long chat) =>
        process.Facts.Heard(process.Bot, new UpdateEnvelope { Kind = UpdateKind.Message, ChatId = chat, SenderId = chat });
}
