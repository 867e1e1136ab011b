using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Cluster;
using EdgeProxy.Fanout;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Observability;
using EdgeProxy.Outbox;

namespace EdgeProxy.Configuration;

/// <summary>
/// What keeps updates and state: files of this process (<see cref="EmbeddedEngines"/>), or the servers that a cluster shares
/// (<see cref="ClusterEngines"/>). The rooms are the same over both. Disposed after everything that works on it.
/// </summary>
internal abstract class Engines : IAsyncDisposable
{
    public abstract IUpdateJournal Journal { get; }

    public abstract ChatFacts Chats { get; }

    public abstract ClientTokens Tokens { get; }

    public abstract SubscriptionBook Subscriptions { get; }

    /// <summary>Disposed by whoever starts it.</summary>
    public abstract IdempotencyStore Keys { get; }

    public abstract IOutboxStore Outbox { get; }

    public abstract IOutboxWork OutboxWork { get; }

    /// <summary>A bot's budget as others count with it; null where nobody else does.</summary>
    public virtual Func<Bot, LaneSettings, RedisBudget>? Budgets => null;

    /// <summary>Where things are shared out among processes; null where there is one.</summary>
    public virtual ClusterLeases? Leases => null;

    /// <summary>The ledger of what the sender spends, begun. Before the first send.</summary>
    public abstract Task<StarLedger> OpenStarsAsync(LaneSender sender);

    public abstract IFanout MakeFanout(ReplyMethod replyMethod);

    /// <summary>What must work for an update and a message to be taken.</summary>
    public abstract IReadOnlyList<HealthPart> ReadinessParts();

    /// <summary>What is worth knowing beside.</summary>
    public virtual IReadOnlyList<HealthPart> MoreParts() => [];

    /// <summary>First thing of a stop: other processes take what this one hands back.</summary>
    public virtual Task LeaveAsync() => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    protected static HealthPart Part(string name, HealthColour colour, string? problem) =>
        new(name, problem is null ? HealthColour.Green : colour, problem);

    protected HealthPart JournalPart()
    {
        JournalSnapshot snapshot = Journal.Snapshot();
        return snapshot.Fault is null && snapshot.CorruptRecords > 0
            ? new HealthPart("journal", HealthColour.Yellow, $"{snapshot.CorruptRecords} corrupt place(s) were skipped; the log names them")
            : Part("journal", HealthColour.Red, snapshot.Fault);
    }
}
