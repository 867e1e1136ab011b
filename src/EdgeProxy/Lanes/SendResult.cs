using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>What became of one call.</summary>
/// <param name="Outcome">Final, as far as the lanes go.</param>
/// <param name="Reply">Telegram's last answer; <c>default</c> when it was never asked.</param>
/// <param name="RetryAfterS">For RetryAfter and LaneFull: when to come again, seconds, at least 1; else 0.</param>
/// <param name="Attempts">Times that bytes of it left us.</param>
/// <param name="MigratedTo">The supergroup it went to instead; 0 when the chat did not migrate.</param>
internal readonly record struct SendResult(SendOutcome Outcome, ApiReply Reply, int RetryAfterS, int Attempts, long MigratedTo);
