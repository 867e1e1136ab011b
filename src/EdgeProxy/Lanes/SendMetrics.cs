using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>What became of calls. Gauges of chats are read from the facts that run.</summary>
internal static class SendMetrics
{
    private static readonly Counter<long> Sends = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_sends_total", description: "Calls to the Bot API that came to an end, by bot and outcome.");

    private static readonly Counter<long> Attempts = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_send_attempts_total", description: "Times that a call was tried, by bot and outcome of the attempt.");

    private static readonly Histogram<double> CallSeconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_telegram_call_seconds", "s", "Time of one attempt, from its first byte to the end of Telegram's answer.");

    public static void Attempted(string bot, SendOutcome outcome, double seconds)
    {
        Attempts.Add(1, new("bot", bot), new("outcome", Name(outcome)));
        CallSeconds.Record(seconds, new KeyValuePair<string, object?>("bot", bot));
    }

    public static void Ended(string bot, SendOutcome outcome) => Sends.Add(1, new("bot", bot), new("outcome", Name(outcome)));

    private static string Name(SendOutcome outcome) => outcome switch
    {
        SendOutcome.Sent => "sent",
        SendOutcome.RetryAfter => "retry_after",
        SendOutcome.Migrated => "migrated",
        SendOutcome.Blocked => "blocked",
        SendOutcome.Rejected => "rejected",
        SendOutcome.ServerError => "server_error",
        SendOutcome.NotSent => "not_sent",
        SendOutcome.Unknown => "unknown",
        SendOutcome.LaneFull => "lane_full",
        SendOutcome.Suppressed => "suppressed",
        _ => "abandoned",
    };
}
