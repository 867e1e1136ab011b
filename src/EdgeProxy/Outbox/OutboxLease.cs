namespace EdgeProxy.Outbox;

/// <summary>A bot that this process sends for.</summary>
/// <param name="Epoch">Of this taking.</param>
/// <param name="IsLeaving">It is given back: nothing new begins, what flies ends.</param>
internal readonly record struct OutboxLease(long Epoch, bool IsLeaving);
