using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>The room's instruments. Counters are written after the commit; gauges read the tallies that the store keeps.</summary>
internal static class OutboxMetrics
{
    private static readonly Counter<long> AcceptedTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_outbox_accepted_total", description: "Messages accepted, recipients of broadcasts included.");

    private static readonly Counter<long> EndedTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_outbox_ended_total", description: "Messages that reached a final state, by state.");

    private static readonly Histogram<double> SentSeconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_outbox_sent_seconds", "s", "From a message's acceptance to Telegram's answer.");

    private static readonly Counter<long> RefusedTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_outbox_fenced_total", description: "Reports of an owner that is not the owner any more.");

    private static ImmutableArray<OutboxHost> _hosts = [];

    static OutboxMetrics()
    {
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_outbox_messages", static () => Each(), description: "Messages that are queued, being sent, or of unknown fate, by state.");
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_outbox_oldest_ready_seconds", static () => Oldest(), "s", "Age of the oldest message that could go now.");
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_outbox_in_flight", static () => InFlight(), description: "Messages handed to the lanes.");
    }

    public static void Show(OutboxHost host) => ImmutableInterlocked.Update(ref _hosts, static (hosts, added) => hosts.Add(added), host);

    public static void Hide(OutboxHost host) => ImmutableInterlocked.Update(ref _hosts, static (hosts, gone) => hosts.Remove(gone), host);

    public static void Accepted(string bot, long count) => AcceptedTotal.Add(count, new KeyValuePair<string, object?>("bot", bot));

    public static void Ended(string bot, MessageState state, long ageMs)
    {
        EndedTotal.Add(1, new KeyValuePair<string, object?>("bot", bot), new KeyValuePair<string, object?>("state", NameOf(state)));
        if (state == MessageState.Sent) SentSeconds.Record(Math.Max(0, ageMs) / 1000.0, new KeyValuePair<string, object?>("bot", bot));
    }

    public static void Refused(string bot) => RefusedTotal.Add(1, new KeyValuePair<string, object?>("bot", bot));

    private static string NameOf(MessageState state) => state switch
    {
        MessageState.Queued => "queued",
        MessageState.Sending => "sending",
        MessageState.Sent => "sent",
        MessageState.Failed => "failed",
        MessageState.Unknown => "unknown",
        MessageState.Cancelled => "cancelled",
        MessageState.Expired => "expired",
        _ => "suppressed",
    };

    private static List<Measurement<long>> Each()
    {
        List<Measurement<long>> found = [];
        foreach (OutboxHost host in _hosts)
        {
            foreach (OutboxSnapshot bot in host.Snapshot().Bots)
            {
                found.Add(new(bot.Queued, new("bot", bot.Bot), new("state", NameOf(MessageState.Queued))));
                found.Add(new(bot.Sending, new("bot", bot.Bot), new("state", NameOf(MessageState.Sending))));
                found.Add(new(bot.Unknown, new("bot", bot.Bot), new("state", NameOf(MessageState.Unknown))));
            }
        }

        return found;
    }

    private static List<Measurement<double>> Oldest()
    {
        List<Measurement<double>> found = [];
        foreach (OutboxHost host in _hosts) found.Add(new(host.Snapshot().OldestReadyAgeMs / 1000.0));
        return found;
    }

    private static List<Measurement<long>> InFlight()
    {
        List<Measurement<long>> found = [];
        foreach (OutboxHost host in _hosts) found.Add(new(host.Snapshot().InFlight));
        return found;
    }
}
