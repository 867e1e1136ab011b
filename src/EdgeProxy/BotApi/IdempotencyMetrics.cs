using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.BotApi;

/// <summary>What calls with an Idempotency-Key found.</summary>
internal static class IdempotencyMetrics
{
    private static readonly Counter<long> Calls = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_idempotency_calls_total", description: "Calls with an Idempotency-Key, by what was known of the key.");

    public static void Began(IdempotencyOutcome outcome) => Calls.Add(1, new KeyValuePair<string, object?>("known", Name(outcome)));

    private static string Name(IdempotencyOutcome outcome) => outcome switch
    {
        IdempotencyOutcome.Fresh => "fresh",
        IdempotencyOutcome.Answered => "answered",
        IdempotencyOutcome.InFlight => "in_flight",
        IdempotencyOutcome.Conflict => "conflict",
        IdempotencyOutcome.Doubtful => "doubtful",
        IdempotencyOutcome.Full => "full",
        _ => "unavailable",
    };
}
