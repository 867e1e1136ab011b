using EdgeProxy.Admin;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Lanes;
using EdgeProxy.Observability;

namespace EdgeProxy.Configuration;

/// <summary>Gathers the rooms' snapshots into health parts: per engine, per bot, per subscription, per bot's lanes.</summary>
internal sealed class ProcessHealth(Engines engines, IngestHost ingest, IFanout fanout, LaneSender sender, AdminHost? admin = null)
{
    /// <summary>Everything, for /healthz.</summary>
    public IReadOnlyList<HealthPart> Parts()
    {
        List<HealthPart> parts = [.. engines.ReadinessParts(), .. engines.MoreParts()];
        foreach (IngestState bot in ingest.States) parts.Add(Part($"bot:{bot.Bot}", HealthColour.Yellow, bot.Problem));
        foreach (SubscriptionSnapshot subscription in fanout.Snapshot())
        {
            string? reason = subscription.State == SubscriptionState.Running ? null : $"{subscription.State}: {subscription.LastError}";
            parts.Add(Part($"subscription:{subscription.Id}", HealthColour.Yellow, reason));
        }

        foreach (LaneSnapshot lanes in sender.Snapshot())
        {
            string? reason = lanes.BotClosedMs > 0 ? $"Telegram holds the whole bot back for another {lanes.BotClosedMs} ms (429)" : null;
            parts.Add(Part($"lanes:{lanes.Bot}", HealthColour.Yellow, reason));
        }

        if (admin is not null) parts.Add(Part("mtproto", HealthColour.Yellow, admin.Fault));
        return parts;
    }

    /// <summary>What must work for an update or a message to be taken, for /readyz: the engines.</summary>
    public IReadOnlyList<HealthPart> ReadinessParts() => engines.ReadinessParts();

    private static HealthPart Part(string name, HealthColour colour, string? problem) =>
        new(name, problem is null ? HealthColour.Green : colour, problem);
}
