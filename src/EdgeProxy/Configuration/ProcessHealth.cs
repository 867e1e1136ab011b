using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Observability;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Configuration;

/// <summary>Gathers the rooms' snapshots into health parts: per engine, per bot, per subscription, per bot's lanes.</summary>
internal sealed class ProcessHealth(IUpdateJournal journal, StateFile state, IngestHost ingest, IFanout fanout, LaneSender sender)
{
    /// <summary>Everything, for /healthz.</summary>
    public IReadOnlyList<HealthPart> Parts()
    {
        var parts = new List<HealthPart>(ReadinessParts());
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

        return parts;
    }

    /// <summary>What must work for an update to be taken, for /readyz: the engines.</summary>
    public IReadOnlyList<HealthPart> ReadinessParts()
    {
        JournalSnapshot snapshot = journal.Snapshot();
        HealthPart log = snapshot.Fault is null && snapshot.CorruptRecords > 0
            ? new HealthPart("journal", HealthColour.Yellow, $"{snapshot.CorruptRecords} corrupt place(s) were skipped; the log names file and offset")
            : Part("journal", HealthColour.Red, snapshot.Fault);
        return [log, Part("state", HealthColour.Red, state.Fault)];
    }

    private static HealthPart Part(string name, HealthColour colour, string? problem) =>
        new(name, problem is null ? HealthColour.Green : colour, problem);
}
