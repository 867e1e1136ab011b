using System.Diagnostics;
using System.Diagnostics.Metrics;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>Counts what callers of the drop-in surface asked for and got.</summary>
internal static class BotApiMetrics
{
    private static readonly Counter<long> Calls = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_botapi_calls_total", description: "Calls of the Bot API surface, by bot, kind of method and outcome.");

    private static readonly Histogram<double> Seconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_botapi_seconds", unit: "s", description: "From a call's head to its answer, the wait for its turn included.");

    private static readonly Counter<long> Bytes = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_botapi_bytes_total", unit: "By", description: "Bytes of bodies: up from callers to Telegram, down from Telegram to callers.");

    /// <param name="bot">Null when the token opened none.</param>
    /// <param name="kind">"free", "send", "edit", "file", or "none" when it did not get that far.</param>
    /// <param name="outcome">Of a small fixed set.</param>
    /// <param name="startedAt">Stopwatch timestamp.</param>
    public static void Called(Bot? bot, string kind, string outcome, long startedAt)
    {
        Calls.Add(
            1,
            new KeyValuePair<string, object?>("bot", bot?.Name ?? ""),
            new KeyValuePair<string, object?>("kind", kind),
            new KeyValuePair<string, object?>("outcome", outcome));
        Seconds.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
    }

    public static void Up(long bytes) => Bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "up"));

    public static void Down(long bytes) => Bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "down"));

    public static string KindOf(ApiMethod method) => method.Kind switch
    {
        MethodKind.Send => "send",
        MethodKind.Edit => "edit",
        _ => "free",
    };
}
