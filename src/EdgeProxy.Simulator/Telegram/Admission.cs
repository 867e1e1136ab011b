namespace EdgeProxy.Simulator.Telegram;

/// <summary>Whether a send fits into the limits.</summary>
/// <param name="RetryAfterS">0 when it does, else retry_after in whole seconds.</param>
/// <param name="MessageId">First message id of an accepted send.</param>
/// <param name="ChatNumber">Number of the accepted send among those of its chat, from 1.</param>
/// <param name="PaidMessages">How many of its messages cost Stars.</param>
internal readonly record struct Admission(int RetryAfterS, long MessageId, int ChatNumber, int PaidMessages);
