namespace EdgeProxy.Outbox;

/// <summary>A page of a list.</summary>
/// <param name="Messages">May be fewer than asked for, or none, although more follow: a search looks at Limits.OutboxPageRows rows at most.</param>
/// <param name="Next">Where the next page begins; default on the last one.</param>
internal sealed record MessagePage(IReadOnlyList<MessageRecord> Messages, MessageId Next);
