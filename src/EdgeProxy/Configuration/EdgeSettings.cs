using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>The whole configuration, valid. Rooms get their own parts of it and never see this type.</summary>
internal sealed class EdgeSettings
{
    /// <summary>Addresses to listen on, e.g. http://0.0.0.0:8080.</summary>
    public required IReadOnlyList<Uri> Listen { get; init; }

    /// <summary>Folder of the journal and the state file; made when absent.</summary>
    public required string DataDir { get; init; }

    public required JournalSettings Journal { get; init; }
    public required IReadOnlyList<Bot> Bots { get; init; }
    public required IReadOnlyList<Subscription> Subscriptions { get; init; }
    public required SourceCheck SourceCheck { get; init; }
    public required LogLevel LogLevel { get; init; }
    public required LogFormat LogFormat { get; init; }

    /// <summary>The one SQLite file.</summary>
    public string StatePath => Path.Combine(DataDir, "state.db");

    /// <summary>The kinds each of a bot's subscriptions names; an empty list is Telegram's default.</summary>
    public IEnumerable<IReadOnlyList<UpdateKind>> KindsWantedBy(Bot bot) =>
        Subscriptions.Where(subscription => subscription.Bot == bot).Select(subscription => subscription.Filter.Kinds);
}
