using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Observability;
using EdgeProxy.Outbox;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Configuration;

/// <summary>The data folder: a journal of segments and one SQLite file.</summary>
internal sealed class EmbeddedEngines : Engines
{
    private static readonly Migration[] Schema =
    [
        .. FanoutHost.Migrations, .. ChatFacts.Migrations, .. ClientTokens.Migrations, .. IdempotencyStore.Migrations, .. SqliteOutbox.Migrations,
    ];

    private readonly SegmentJournal _journal;
    private readonly StateFile _state;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;

    private EmbeddedEngines(SegmentJournal journal, StateFile state, EdgeSettings settings, BotRegistry bots, TimeProvider time, ILoggerFactory loggers)
    {
        (_journal, _state, _time, _loggers) = (journal, state, time, loggers);
        Chats = new ChatFacts(state, time, loggers.CreateLogger<ChatFacts>());
        Tokens = new ClientTokens(bots, state, time, loggers.CreateLogger<ClientTokens>());
        Subscriptions = new SubscriptionBook(
            bots, settings.Subscriptions, new SqliteSubscriptions(state), SubscriptionForm.Read, loggers.CreateLogger<SubscriptionBook>());
        Keys = new IdempotencyStore(state, time, loggers.CreateLogger<IdempotencyStore>());
        var outbox = new SqliteOutbox(state, bots, settings.Outbox, time, loggers.CreateLogger<SqliteOutbox>());
        (Outbox, OutboxWork) = (outbox, outbox);
    }

    public override IUpdateJournal Journal => _journal;
    public override ChatFacts Chats { get; }
    public override ClientTokens Tokens { get; }
    public override SubscriptionBook Subscriptions { get; }
    public override IdempotencyStore Keys { get; }
    public override IOutboxStore Outbox { get; }
    public override IOutboxWork OutboxWork { get; }

    /// <exception cref="JournalOpenException">The journal cannot be opened.</exception>
    /// <exception cref="StateFileException">The state file cannot be opened.</exception>
    public static async Task<EmbeddedEngines> OpenAsync(EdgeSettings settings, BotRegistry bots, TimeProvider time, ILoggerFactory loggers)
    {
        SegmentJournal journal = SegmentJournal.Open(settings.Journal, time, loggers.CreateLogger<SegmentJournal>());
        try
        {
            StateFile state = StateFile.Open(settings.StatePath, Schema, time, loggers.CreateLogger<StateFile>());
            await new SqliteSubscriptions(state).SweepAsync();
            var engines = new EmbeddedEngines(journal, state, settings, bots, time, loggers);
            if (!await engines.Subscriptions.RefreshAsync()) throw new IOException("the subscriptions in the state file cannot be read");
            return engines;
        }
        catch
        {
            await journal.DisposeAsync();
            throw;
        }
    }

    public override Task<StarLedger> OpenStarsAsync(LaneSender sender) =>
        Task.FromResult(new StarLedger(_state, sender, _time, _loggers.CreateLogger<StarLedger>()));

    public override IFanout MakeFanout(ReplyMethod replyMethod) =>
        new FanoutHost(_journal, _state, Subscriptions.All, replyMethod, _time, _loggers);

    public override IReadOnlyList<HealthPart> ReadinessParts() => [JournalPart(), Part("state", HealthColour.Red, _state.Fault)];

    public override async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        await _journal.DisposeAsync();
    }
}
