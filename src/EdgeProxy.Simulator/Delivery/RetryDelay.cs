namespace EdgeProxy.Simulator.Delivery;

/// <summary>Telegram's schedule: at once, 2 s, 4 s … up to a random 60–120 s; Retry-After up to 3600 s goes before it.</summary>
internal static class RetryDelay
{
    private const int RetryAfterSMax = 3600;

    public static TimeSpan Next(int failures, int? retryAfterS, double scale, Random random)
    {
        double seconds = retryAfterS is { } told
            ? Math.Clamp(told, 0, RetryAfterSMax)
            : failures <= 1 ? 0 : Math.Min(Math.Pow(2, Math.Min(failures - 1, 10)), random.Next(60, 121));
        return TimeSpan.FromSeconds(seconds * scale);
    }
}
