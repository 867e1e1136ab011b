namespace EdgeProxy.Tests.Outbox;

/// <summary>Bounded waiting for what another thread brings about.</summary>
internal static class Eventually
{
    public static async Task<bool> TrueAsync(Func<bool> condition, int withinMs = 60_000) =>
        await TrueAsync(() => Task.FromResult(condition()), withinMs);

    public static async Task<bool> TrueAsync(Func<Task<bool>> condition, int withinMs = 60_000)
    {
        long until = Environment.TickCount64 + withinMs;
        while (!await condition())
        {
            if (Environment.TickCount64 > until) return false;
            await Task.Delay(10);
        }

        return true;
    }
}
