namespace EdgeProxy.Outbox;

/// <summary>A queue has something new to send.</summary>
/// <param name="Queue">Which.</param>
/// <param name="Lane">Where in it; 0 in broadcasts.</param>
internal readonly record struct OutboxHint(long Queue, long Lane);
