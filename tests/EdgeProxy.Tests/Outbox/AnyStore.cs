using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox;

/// <summary>Either engine, both its sides. In a cluster a process sees only the queues of bots it owns: before them it begins.</summary>
internal sealed class AnyStore(IOutboxStore store, IOutboxWork work, Func<Task> begun) : IOutboxStore, IOutboxWork
{
    public event Action<IReadOnlyList<OutboxHint>, bool>? Changed
    {
        add => work.Changed += value;
        remove => work.Changed -= value;
    }

    public Task<Acceptance> AcceptAsync(NewMessage message) => store.AcceptAsync(message);

    public Task<MessageRecord?> FindAsync(MessageId id) => store.FindAsync(id);

    public Task<MessagePage> ListAsync(MessageQuery query) => store.ListAsync(query);

    public Task<DecisionOutcome> DecideAsync(MessageId id, MessageDecision decision) => store.DecideAsync(id, decision);

    public Task<(long Changed, bool Complete)> DecideAllAsync(MessageQuery query, MessageDecision decision, CancellationToken cancellationToken) =>
        store.DecideAllAsync(query, decision, cancellationToken);

    public Task<Acceptance> CreateBroadcastAsync(NewBroadcast broadcast) => store.CreateBroadcastAsync(broadcast);

    public Task<AcceptOutcome> AddRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats) => store.AddRecipientsAsync(broadcast, chats);

    public Task<bool> HasRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats) => store.HasRecipientsAsync(broadcast, chats);

    public Task<DecisionOutcome> CommandAsync(MessageId broadcast, BroadcastCommand command) => store.CommandAsync(broadcast, command);

    public Task<BroadcastRecord?> FindBroadcastAsync(MessageId id) => store.FindBroadcastAsync(id);

    public Task<IReadOnlyList<BroadcastRecord>> ListBroadcastsAsync(IReadOnlyList<long> botIds, int limit) => store.ListBroadcastsAsync(botIds, limit);

    public Task<IReadOnlyList<CallbackRecord>> DueCallbacksAsync(int limit) => store.DueCallbacksAsync(limit);

    public Task<DecisionOutcome> CallbackDoneAsync(long number) => store.CallbackDoneAsync(number);

    public Task<DecisionOutcome> CallbackFailedAsync(long number, long nextUnixMs, bool dead, string error) =>
        store.CallbackFailedAsync(number, nextUnixMs, dead, error);

    public Task<IReadOnlyList<CallbackRecord>> DeadCallbacksAsync(IReadOnlyList<long> botIds, int limit) => store.DeadCallbacksAsync(botIds, limit);

    public Task<long> BeginAsync() => work.BeginAsync();

    public Task EndAsync() => work.EndAsync();

    public long EpochOf(long botId) => work.EpochOf(botId);

    public bool MayLeave(long botId, long epoch) => work.MayLeave(botId, epoch);

    public bool Lose(long botId, long epoch) => work.Lose(botId, epoch);

    public async Task<IReadOnlyList<long>> QueuesAsync()
    {
        await begun();
        return await work.QueuesAsync();
    }

    public async Task<PendingPage> NextAsync(PendingQuery query)
    {
        await begun();
        return await work.NextAsync(query);
    }

    public Task<PendingMessage?> HeadAsync(long queue, long lane) => work.HeadAsync(queue, lane);

    public Task<SendPermit> MarkSendingAsync(MessageId id, long epoch, bool again = false) => work.MarkSendingAsync(id, epoch, again);

    public Task<FinishOutcome> FinishAsync(SendEnd end, long epoch) => work.FinishAsync(end, epoch);

    public Task<(bool RestEnded, bool More)> SweepAsync(long epoch) => work.SweepAsync(epoch);

    public Task<bool> RetireAsync(long epoch) => work.RetireAsync(epoch);

    public IReadOnlyList<long> Tally(long botId) => work.Tally(botId);

    public long OldestReadyUnixMs() => work.OldestReadyUnixMs();

    public void FindOldest() => work.FindOldest();

    public Task<bool> NamesUploadAsync(string path) => work.NamesUploadAsync(path);
}
