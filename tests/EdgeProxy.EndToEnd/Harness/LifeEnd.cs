namespace EdgeProxy.EndToEnd.Harness;

/// <summary>When a proxy was killed and when the next one was launched: Stopwatch timestamps.</summary>
internal sealed record LifeEnd(long KilledAt, long NextStartAt);
