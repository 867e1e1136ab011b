using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Fanout;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Sender;

public sealed class ChatFactsTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly Bot _bot = SenderRig.MakeBot("one", "111:AAAAAAAAAAAAAAAAAAAAAA");
    private readonly Bot _other = SenderRig.MakeBot("two", "222:AAAAAAAAAAAAAAAAAAAAAA");
    private StateFile _state = null!;
    private ChatFacts _facts = null!;

    public Task InitializeAsync()
    {
        Open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_suppression_outlives_a_restart_until_the_chat_is_heard_and_so_does_its_end()
    {
        await _facts.SuppressAsync(_bot, 5);
        await _facts.SuppressAsync(_bot, -100);
        await Reopen();
        Assert.True(_facts.IsSuppressed(_bot, 5));
        Assert.True(_facts.IsSuppressed(_bot, -100));
        Assert.False(_facts.IsSuppressed(_other, 5));

        Hear(UpdateKind.MyChatMember, 5, 5);
        Assert.True(_facts.IsSuppressed(_bot, 5));
        Hear(UpdateKind.Message, 5, 5);
        Assert.False(_facts.IsSuppressed(_bot, 5));
        await Reopen();
        Assert.Equal((false, true, 1), (_facts.IsSuppressed(_bot, 5), _facts.IsSuppressed(_bot, -100), _facts.SuppressedCount));
    }

    [Fact]
    public async Task The_last_of_many_racing_changes_is_the_one_on_disk()
    {
        for (int round = 0; round < 20; round++)
        {
            int chat = round + 1;
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
                (i & 1) == 0 ? _facts.SuppressAsync(_bot, chat) : _facts.LiftAsync(_bot, chat))));
        }

        bool[] before = [.. Enumerable.Range(1, 20).Select(chat => _facts.IsSuppressed(_bot, chat))];
        int count = _facts.SuppressedCount;
        await Reopen();
        Assert.Equal(before, Enumerable.Range(1, 20).Select(chat => _facts.IsSuppressed(_bot, chat)));
        Assert.Equal((before.Count(value => value), count), (count, _facts.SuppressedCount));
    }

    [Fact]
    public async Task A_migration_outlives_a_restart_and_circles_end()
    {
        await _facts.MigrateAsync(_bot, -5, -1005);
        await Reopen();
        Assert.Equal((-1005, -5, 7), (_facts.Current(_bot, -5), _facts.Current(_other, -5), _facts.Current(_bot, 7)));
        await _facts.MigrateAsync(_bot, -1005, -5);
        Assert.Contains(_facts.Current(_bot, -5), new[] { -5L, -1005L });
    }

    [Fact]
    public async Task A_state_file_that_is_closed_costs_no_fact_in_memory()
    {
        await _state.DisposeAsync();
        await _facts.SuppressAsync(_bot, 5);
        Assert.True(_facts.IsSuppressed(_bot, 5));
    }

    [Theory]
    [InlineData(UpdateKind.Message, 5L, 6L, 5L)]
    [InlineData(UpdateKind.EditedMessage, 5L, 6L, 5L)]
    [InlineData(UpdateKind.BusinessMessage, 5L, 6L, 5L)]
    [InlineData(UpdateKind.ChannelPost, -1005L, 0L, -1005L)]
    [InlineData(UpdateKind.CallbackQuery, 5L, 6L, 5L)]
    [InlineData(UpdateKind.ChatJoinRequest, -1005L, 6L, 6L)]
    [InlineData(UpdateKind.MyChatMember, 5L, 6L, 0L)]
    [InlineData(UpdateKind.ChatMember, 5L, 6L, 0L)]
    [InlineData(UpdateKind.InlineQuery, 0L, 6L, 0L)]
    [InlineData(UpdateKind.Unknown, 5L, 6L, 0L)]
    internal void Only_who_speaks_is_heard(UpdateKind kind, long chat, long sender, long heard)
    {
        Hear(kind, chat, sender);
        foreach (long id in new[] { chat, sender })
        {
            Assert.Equal(id != 0 && id == heard, _facts.HeardLately(_bot, id));
            Assert.False(_facts.HeardLately(_other, id));
        }
    }

    [Fact]
    public void A_chat_falls_silent_after_its_time()
    {
        Hear(UpdateKind.Message, 5, 5);
        _time.Advance(TimeSpan.FromSeconds(Limits.HeardLatelyS));
        Assert.True(_facts.HeardLately(_bot, 5));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_facts.HeardLately(_bot, 5));
    }

    [Fact]
    public void Hearing_allocates_nothing()
    {
        UpdateEnvelope update = new() { Kind = UpdateKind.Message, ChatId = 1 };
        _facts.Heard(_bot, update);
        // The runtime may allocate once in between; what an update costs would show in every round.
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int chat = 1; chat <= 10_000; chat++)
            {
                update.ChatId = chat;
                _facts.Heard(_bot, update);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Many_writers_never_make_a_chat_that_was_not_heard()
    {
        // Writers share every place of the table; readers must never see one writer's chat with another's time, or a chat nobody wrote.
        using var stop = new CancellationTokenSource();
        Task[] writers = [.. Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            UpdateEnvelope update = new() { Kind = UpdateKind.Message };
            for (int i = 0; i < 300_000 && !stop.IsCancellationRequested; i++)
            {
                update.ChatId = 1 + (((long)i * 4) + writer);
                _facts.Heard(_bot, update);
            }
        }))];
        int wrong = 0;
        for (int i = 0; i < 300_000; i++)
        {
            if (_facts.HeardLately(_bot, -1 - i)) wrong++;
        }

        await Task.WhenAll(writers);
        await stop.CancelAsync();
        Assert.Equal(0, wrong);

        // What was written last is there, whoever it pushed out.
        Hear(UpdateKind.Message, 42, 42);
        Assert.True(_facts.HeardLately(_bot, 42));
    }

    [Fact]
    public void Names_are_learned_and_bounded()
    {
        for (int i = 0; i <= Limits.ChatNamesMax; i++) _facts.Learn(_bot, $"@n{i}", -i - 1);
        long last = _facts.Resolve(_bot, $"@n{Limits.ChatNamesMax}");
        Assert.Equal((-Limits.ChatNamesMax - 1, 0, 0), (last, _facts.Resolve(_bot, "@n0"), _facts.Resolve(_other, "@n1")));
    }

    private void Hear(UpdateKind kind, long chat, long sender) =>
        _facts.Heard(_bot, new UpdateEnvelope { Kind = kind, ChatId = chat, SenderId = sender });

    private void Open()
    {
        _state = StateFile.Open(_folder.File("state.db"), ChatFacts.Migrations, TimeProvider.System, NullLogger.Instance);
        _facts = new ChatFacts(_state, _time, NullLogger.Instance);
    }

    private async Task Reopen()
    {
        await _state.DisposeAsync();
        Open();
    }
}
