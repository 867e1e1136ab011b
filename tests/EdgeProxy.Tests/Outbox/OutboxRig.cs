using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Fanout;
using EdgeProxy.Tests.Sqlite;

namespace EdgeProxy.Tests.Outbox;

/// <summary>A store of one engine, which can be closed and opened again, and short ways to fill it.</summary>
internal abstract class OutboxRig : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    protected OutboxRig()
    {
        Assert.True(BotToken.TryParse("42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", out BotToken? token));
        Bot = new Bot { Name = "shop", Token = token, ApiRoot = new Uri("http://127.0.0.1:1") };
        Directory.CreateDirectory(UploadDir);
    }

    public ManualTime Time { get; } = new();
    public Bot Bot { get; init; }
    public AnyStore Store { get; protected set; } = null!;
    public string UploadDir => _folder.File("uploads");
    public OutboxSettings Settings => new(UploadDir);
    protected TempFolder Folder => _folder;

    /// <summary>Becomes the owner of the bot. Returns its epoch.</summary>
    public abstract Task<long> BeginAsync();

    public abstract Task ReopenAsync();

    /// <summary>What is found after the process, or the machine, is gone from one moment to the next.</summary>
    public abstract Task CrashAsync();

    /// <summary>The bot's counts as they are now.</summary>
    public abstract Task<IReadOnlyList<long>> TallyAsync();

    /// <summary>Rows of outbox_attempt.</summary>
    public abstract Task<long> AttemptRowsAsync();

    public NewMessage Message(long chat = 7, string text = "hi", string? key = null) => new()
    {
        Bot = Bot,
        Method = "sendMessage",
        Parameters = Encoding.UTF8.GetBytes($"{{\"chat_id\":{chat},\"text\":\"{text}\"}}"),
        Chat = new ChatTarget(chat, null),
        IdempotencyKey = key,
        RequestHash = key is null ? default : Encoding.UTF8.GetBytes(text.PadRight(32)),
    };

    public NewBroadcast Broadcast(string name = "news") => new()
    {
        Bot = Bot,
        Name = name,
        Method = "sendMessage",
        Parameters = Encoding.UTF8.GetBytes("{\"text\":\"all\"}"),
    };

    public async Task<MessageId> AcceptAsync(NewMessage? message = null)
    {
        Acceptance accepted = await Store.AcceptAsync(message ?? Message());
        Assert.Equal(AcceptOutcome.Accepted, accepted.Outcome);
        return accepted.Id;
    }

    public async Task<MessageRecord> FindAsync(MessageId id)
    {
        MessageRecord? record = await Store.FindAsync(id);
        Assert.NotNull(record);
        return record;
    }

    public async Task<MessageState> StateOf(MessageId id) => (await FindAsync(id)).State;

    public Task<FinishOutcome> FinishAsync(MessageId id, long epoch, MessageState to, HistoryKind kind, long restUntilUnixMs = 0) =>
        Store.FinishAsync(new SendEnd(id, new MessageChange(to, kind) { TelegramMessageId = to == MessageState.Sent ? 99 : 0 }, restUntilUnixMs), epoch);

    /// <summary>Marks and finishes as sent.</summary>
    public async Task SendAsync(MessageId id, long epoch)
    {
        Assert.Equal(SendPermit.Granted, await Store.MarkSendingAsync(id, epoch));
        Assert.Equal(FinishOutcome.Done, await FinishAsync(id, epoch, MessageState.Sent, HistoryKind.Sent));
    }

    public long Queue(LanePriority priority = LanePriority.Normal) => OutboxNumbers.QueueOf(Bot.Id, priority);

    /// <summary>The ids that a queue offers now, in its order.</summary>
    public async Task<List<MessageId>> ReadyAsync(long queue, params long[] busy)
    {
        PendingPage page = await Store.NextAsync(new PendingQuery(queue, long.MinValue, busy.ToHashSet(), int.MaxValue, long.MaxValue));
        return page.Messages.Select(message => message.Id).ToList();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }

    protected abstract Task CloseAsync();
}
