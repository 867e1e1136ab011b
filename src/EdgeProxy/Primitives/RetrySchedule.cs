namespace EdgeProxy.Primitives;

/// <summary>
/// Telegram's schedule of webhook retries: at once, 2 s, 4 s, 8 s … capped at a random 60–120 s. Source: WebhookActor.cpp.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>How long to wait, milliseconds.</summary>
    /// <param name="failures">Failed attempts so far, at least 1.</param>
    /// <param name="retryAfterS">What the peer asked for, seconds; 0 when it did not. Honoured up to Limits.RetryAfterSMax.</param>
    /// <param name="random">Spreads the capped delay, so that many keys do not come back together.</param>
    public static long DelayMs(int failures, int retryAfterS, Random random)
    {
        if (retryAfterS > 0) return Math.Min(retryAfterS, Limits.RetryAfterSMax) * 1_000L;
        if (failures <= 1) return 0;
        int doublings = failures - 2;
        long delayMs = doublings >= 16 ? Limits.RetryCapMs : (long)Limits.RetryFirstMs << doublings;
        return delayMs < Limits.RetryCapMs ? delayMs : random.Next(Limits.RetryCapMs, 2 * Limits.RetryCapMs + 1);
    }
}
