using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>Pauses between attempts while a caller waits: 0.25 s, doubling, each a quarter shorter or longer at random.</summary>
internal static class SendBackoff
{
    /// <summary>Milliseconds.</summary>
    /// <param name="failures">Failed attempts so far, at least 1.</param>
    /// <param name="random">Spreads callers that failed together.</param>
    public static int DelayMs(int failures, Random random)
    {
        int doublings = Math.Min(failures - 1, 16);
        int delayMs = (int)Math.Min((long)Limits.SendBackoffFirstMs << doublings, Limits.SendBackoffCapMs);
        return random.Next(delayMs * 3 / 4, (delayMs * 5 / 4) + 1);
    }
}
