namespace EdgeProxy.Outbox;

/// <summary>What the loop asks a queue for.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="After">Only lanes (in broadcasts: ids) after this.</param>
/// <param name="Busy">Lanes (ids) to pass over: they are in flight.</param>
/// <param name="Limit">Messages at most.</param>
/// <param name="BytesMax">Bytes of parameters at most; at least one message is returned.</param>
internal readonly record struct PendingQuery(long Queue, long After, IReadOnlySet<long> Busy, int Limit, long BytesMax);
