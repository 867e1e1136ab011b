namespace EdgeProxy.Outbox;

/// <summary>How an owner's attempt ended.</summary>
/// <param name="Id">The message.</param>
/// <param name="Change">Its next state and the event. Queued for a message that never began only lets its chat rest.</param>
/// <param name="RestUntilUnixMs">The chat gets nothing before; 0 for at once.</param>
internal readonly record struct SendEnd(MessageId Id, MessageChange Change, long RestUntilUnixMs);
