using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// Where messages live. A task that completes with Accepted or Done means that the change is durable. No method throws for a disk or server that
/// fails: that is an outcome.
/// </summary>
internal interface IOutboxStore
{
    Task<Acceptance> AcceptAsync(NewMessage message);

    /// <summary>With parameters and attempts; null when there is none.</summary>
    Task<MessageRecord?> FindAsync(MessageId id);

    /// <summary>Oldest first, by id.</summary>
    Task<MessagePage> ListAsync(MessageQuery query);

    Task<DecisionOutcome> DecideAsync(MessageId id, MessageDecision decision);

    /// <summary>The decision for every message of the query, page by page. Returns how many changed, and whether none is left.</summary>
    Task<(long Changed, bool Complete)> DecideAllAsync(MessageQuery query, MessageDecision decision, CancellationToken cancellationToken);

    Task<Acceptance> CreateBroadcastAsync(NewBroadcast broadcast);

    /// <summary>Adds a batch; chats that are already in are left out. Unavailable: nothing of the batch was added.</summary>
    Task<AcceptOutcome> AddRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats);

    /// <summary>Whether every one of these chats is among the broadcast's recipients.</summary>
    Task<bool> HasRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats);

    Task<DecisionOutcome> CommandAsync(MessageId broadcast, BroadcastCommand command);

    Task<BroadcastRecord?> FindBroadcastAsync(MessageId id);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<BroadcastRecord>> ListBroadcastsAsync(IReadOnlyList<long> botIds, int limit);

    /// <summary>Call-backs whose time has come, oldest first.</summary>
    Task<IReadOnlyList<CallbackRecord>> DueCallbacksAsync(int limit);

    /// <summary>The receiver has it: the row goes.</summary>
    Task<DecisionOutcome> CallbackDoneAsync(long number);

    /// <summary>Another attempt at that time; or none any more (dead), then it stays visible until retention.</summary>
    Task<DecisionOutcome> CallbackFailedAsync(long number, long nextUnixMs, bool dead, string error);

    /// <summary>Dead call-backs of those bots (empty means all), newest first.</summary>
    Task<IReadOnlyList<CallbackRecord>> DeadCallbacksAsync(IReadOnlyList<long> botIds, int limit);
}
