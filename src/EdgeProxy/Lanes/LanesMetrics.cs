using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>The room's instruments. Counters are written by the loops; gauges read the schedulers' published counters.</summary>
internal static class LanesMetrics
{
    private static readonly Counter<long> Grants = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lane_grants_total", description: "Turns given, by bot and priority.");

    private static readonly Counter<long> Refusals = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lane_refusals_total", description: "Calls that got no turn, by bot and reason.");

    private static readonly Counter<long> Floods = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lane_floods_total", description: "429s of Telegram.");

    private static readonly Counter<long> BotFloods = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lane_bot_closed_total", description: "Times that 429s closed a whole bot.");

    private static readonly Counter<double> Stars = EdgeMeter.Meter.CreateCounter<double>(
        "edgeproxy_lane_stars_total", description: "Telegram Stars that paid broadcasting cost, estimated.");

    private static readonly Histogram<double> WaitSeconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_lane_wait_seconds", "s", "From entering a lane to the turn, by bot and priority.");

    private static readonly string[] Priorities = ["interactive", "normal", "bulk"];
    private static readonly string[] Reasons = ["none", "lane_full", "bot_full", "too_long", "timed_out", "abandoned"];

    private static ImmutableArray<LaneScheduler> _schedulers = [];

    static LanesMetrics()
    {
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_lane_waiting", Waiting, description: "Calls that wait for their turn, by bot and priority.");
        Gauge("edgeproxy_lane_in_flight", "Calls with a turn that are not back yet.", static snapshot => snapshot.InFlight);
        Gauge("edgeproxy_lanes", "Chats that are remembered.", static snapshot => snapshot.Lanes);
        Gauge("edgeproxy_lane_closed_chats", "Chats that a 429 holds back.", static snapshot => snapshot.ClosedChats);
        Gauge("edgeproxy_lane_bot_closed_ms", "How long the whole bot is still held back, milliseconds.", static snapshot => snapshot.BotClosedMs);
    }

    public static void Show(LaneScheduler scheduler) =>
        ImmutableInterlocked.Update(ref _schedulers, static (all, added) => all.Add(added), scheduler);

    public static void Hide(LaneScheduler scheduler) =>
        ImmutableInterlocked.Update(ref _schedulers, static (all, gone) => all.Remove(gone), scheduler);

    private static void Gauge(string name, string description, Func<LaneSnapshot, long> read) =>
        EdgeMeter.Meter.CreateObservableGauge(name, () => Measure(read), description: description);

    private static List<Measurement<long>> Measure(Func<LaneSnapshot, long> read)
    {
        var result = new List<Measurement<long>>();
        foreach (LaneScheduler scheduler in _schedulers)
        {
            LaneSnapshot snapshot = scheduler.Snapshot();
            result.Add(new(read(snapshot), new KeyValuePair<string, object?>("bot", snapshot.Bot)));
        }

        return result;
    }

    private static List<Measurement<long>> Waiting()
    {
        var result = new List<Measurement<long>>();
        foreach (LaneScheduler scheduler in _schedulers)
        {
            LaneSnapshot snapshot = scheduler.Snapshot();
            result.Add(new(snapshot.Waiting.Interactive, new("bot", snapshot.Bot), new("priority", Priorities[(int)LanePriority.Interactive])));
            result.Add(new(snapshot.Waiting.Normal, new("bot", snapshot.Bot), new("priority", Priorities[(int)LanePriority.Normal])));
            result.Add(new(snapshot.Waiting.Bulk, new("bot", snapshot.Bot), new("priority", Priorities[(int)LanePriority.Bulk])));
        }

        return result;
    }

    /// <summary>One bot's share, with its label made once.</summary>
    public sealed class OfBot(string bot)
    {
        private readonly KeyValuePair<string, object?> _bot = new("bot", bot);

        public void Granted(LanePriority priority, double waitSeconds)
        {
            var label = new KeyValuePair<string, object?>("priority", Priorities[(int)priority]);
            Grants.Add(1, _bot, label);
            WaitSeconds.Record(waitSeconds, _bot, label);
        }

        public void Refused(LaneRefusal reason) => Refusals.Add(1, _bot, new KeyValuePair<string, object?>("reason", Reasons[(int)reason]));

        public void Flooded() => Floods.Add(1, _bot);

        public void BotClosed() => BotFloods.Add(1, _bot);

        public void Paid(int messages) => Stars.Add(messages / 10.0, _bot);
    }
}
