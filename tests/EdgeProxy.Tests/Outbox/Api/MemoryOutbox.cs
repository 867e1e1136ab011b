using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>Stands in for the store.</summary>
internal sealed class MemoryOutbox : IOutboxStore
{
    private readonly Dictionary<long, (NewMessage Message, MessageState State)> _messages = [];
    private long _next = 1L << 40;

    public bool Broken { get; set; }

    public Task<Acceptance> AcceptAsync(NewMessage message)
    {
        lock (_messages)
        {
            if (Broken) return Task.FromResult(new Acceptance(AcceptOutcome.Unavailable, default, default));
            foreach (var (id, known) in _messages)
            {
                if (message.IdempotencyKey is null || known.Message.IdempotencyKey != message.IdempotencyKey || known.Message.Bot != message.Bot) continue;
                bool same = known.Message.RequestHash.Span.SequenceEqual(message.RequestHash.Span);
                return Task.FromResult(new Acceptance(same ? AcceptOutcome.Repeated : AcceptOutcome.Conflict, new MessageId(id), known.State));
            }

            _messages.Add(++_next, (message, MessageState.Queued));
            return Task.FromResult(new Acceptance(AcceptOutcome.Accepted, new MessageId(_next), MessageState.Queued));
        }
    }

    public Task<MessageRecord?> FindAsync(MessageId id)
    {
        lock (_messages)
        {
            return Task.FromResult(_messages.TryGetValue(id.Value, out var found) ? Record(id, found.Message, found.State) : null);
        }
    }

    private static MessageRecord Record(MessageId id, NewMessage message, MessageState state) => new()
    {
        Id = id,
        BotId = message.Bot.Id,
        Method = message.Method,
        Chat = message.Chat,
        State = state,
        Parameters = message.Parameters,
        Priority = message.Priority,
        NotBeforeUnixMs = message.NotBeforeUnixMs,
        ExpiresAtUnixMs = message.ExpiresAtUnixMs,
        IdempotencyKey = message.IdempotencyKey,
    };

    public Task<IReadOnlyList<MessageRecord>> ListAsync(MessageQuery query) => throw new InvalidOperationException();
    public Task<DecisionOutcome> DecideAsync(MessageId id, MessageDecision decision) => throw new InvalidOperationException();
    public Task<long> DecideAllAsync(MessageQuery query, MessageDecision decision, CancellationToken cancellationToken) => throw new InvalidOperationException();
    public Task<Acceptance> CreateBroadcastAsync(NewBroadcast broadcast) => throw new InvalidOperationException();
    public Task<AcceptOutcome> AddRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats) => throw new InvalidOperationException();
    public Task<DecisionOutcome> CommandAsync(MessageId broadcast, BroadcastCommand command) => throw new InvalidOperationException();
    public Task<BroadcastRecord?> FindBroadcastAsync(MessageId id) => throw new InvalidOperationException();
    public Task<IReadOnlyList<BroadcastRecord>> ListBroadcastsAsync(IReadOnlyList<long> botIds, int limit) => throw new InvalidOperationException();
    public Task<IReadOnlyList<CallbackRecord>> DueCallbacksAsync(int limit) => throw new InvalidOperationException();
    public Task<DecisionOutcome> CallbackDoneAsync(long number) => throw new InvalidOperationException();
    public Task<DecisionOutcome> CallbackFailedAsync(long number, long nextUnixMs, bool dead, string error) => throw new InvalidOperationException();
    public Task<IReadOnlyList<CallbackRecord>> DeadCallbacksAsync(int limit) => throw new InvalidOperationException();
}
