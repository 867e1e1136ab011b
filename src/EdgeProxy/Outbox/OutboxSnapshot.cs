namespace EdgeProxy.Outbox;

/// <summary>One bot's messages at a moment.</summary>
/// <param name="Bot">Name.</param>
/// <param name="Queued">Waiting, scheduled ones and recipients of paused broadcasts included.</param>
/// <param name="Sending">Marked as sending.</param>
/// <param name="Unknown">Held for a decision.</param>
internal readonly record struct OutboxSnapshot(string Bot, long Queued, long Sending, long Unknown);
