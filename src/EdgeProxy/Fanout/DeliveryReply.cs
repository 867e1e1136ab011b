namespace EdgeProxy.Fanout;

/// <summary>The answer to one attempt.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Status">HTTP status; 0 when none came.</param>
/// <param name="RetryAfterS">Seconds from Retry-After; 0 when absent.</param>
/// <param name="Body">The reply's body on 2xx; empty when none or larger than Limits.ReplyBytesMax.</param>
/// <param name="Error">What went wrong in a few words, for logs and the operator; null when delivered.</param>
internal readonly record struct DeliveryReply(DeliveryOutcome Outcome, int Status, int RetryAfterS, byte[] Body, string? Error);
