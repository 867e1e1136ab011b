using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>Counts what the message API answers and what becomes of status call-backs.</summary>
internal static class MessageApiMetrics
{
    private static readonly Counter<long> Requests = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_api_requests_total", description: "Calls of the message API, by operation, status and key.");

    private static readonly Counter<long> Callbacks = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_callbacks_total", description: "Attempts to deliver a status call-back, by outcome: delivered, failed, dead.");

    private static readonly UpDownCounter<long> InFlight = EdgeMeter.Meter.CreateUpDownCounter<long>(
        "edgeproxy_callbacks_in_flight", description: "Status call-backs under way.");

    public static void Answered(string operation, int status, string key) =>
        Requests.Add(1, new("operation", operation), new("status", StatusText(status)), new("key", key));

    public static void Callback(string outcome) => Callbacks.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void CallbackInFlight(int change) => InFlight.Add(change);

    private static string StatusText(int status) => status switch
    {
        200 => "200",
        202 => "202",
        _ => status.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
