namespace EdgeProxy.Outbox;

/// <summary>One entry of a message's history: an attempt to send, or a decision about it.</summary>
/// <param name="AtUnixMs">When it ended.</param>
/// <param name="Outcome">A SendOutcome's name in snake_case, or the decision: accepted, cancelled, retried, resolved, recovered, expired.</param>
/// <param name="State">The state it led to.</param>
/// <param name="ErrorCode">Telegram's, or 0.</param>
/// <param name="Detail">Telegram's description, or a sentence of ours; null when there is nothing to say.</param>
internal sealed record MessageAttempt(long AtUnixMs, string Outcome, MessageState State, int ErrorCode, string? Detail);
