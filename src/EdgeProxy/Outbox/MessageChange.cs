namespace EdgeProxy.Outbox;

/// <summary>One step of a message from state to state, with the event that caused it.</summary>
internal readonly record struct MessageChange(MessageState To, HistoryKind Kind)
{
    public int ErrorCode { get; init; }
    public string? Error { get; init; }
    public long TelegramMessageId { get; init; }
    public long MigratedTo { get; init; }
}
