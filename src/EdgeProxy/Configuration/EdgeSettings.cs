using EdgeProxy.Admin;
using EdgeProxy.Bots;
using EdgeProxy.Cluster;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>The whole configuration, valid. Rooms get their own parts of it and never see this type.</summary>
internal sealed class EdgeSettings
{
    /// <summary>Addresses to listen on, e.g. http://0.0.0.0:8080.</summary>
    public required IReadOnlyList<Uri> Listen { get; init; }

    /// <summary>Addresses that serve EdgeProxy's own API alone; none means that <see cref="Listen"/> serves it too.</summary>
    public required IReadOnlyList<Uri> ApiListen { get; init; }

    /// <summary>Folder of the journal and the state file; made when absent.</summary>
    public required string DataDir { get; init; }

    public required JournalSettings Journal { get; init; }
    public required IReadOnlyList<Bot> Bots { get; init; }
    public required IReadOnlyList<Subscription> Subscriptions { get; init; }

    /// <summary>Who may use EdgeProxy's own API; without keys nobody.</summary>
    public required ApiKeyRing ApiKeys { get; init; }

    /// <summary>Every bot's budgets.</summary>
    public required IReadOnlyDictionary<Bot, LaneSettings> Lanes { get; init; }

    /// <summary>What signs call-backs, UTF-8; empty means that call-backs are not offered.</summary>
    public required ReadOnlyMemory<byte> CallbackSecret { get; init; }

    public required OutboxSettings Outbox { get; init; }

    /// <summary>Null when this process is alone, on its data folder.</summary>
    public ClusterSettings? Cluster { get; init; }

    /// <summary>Null when MTProto is off.</summary>
    public MtprotoSettings? Mtproto { get; init; }

    public required SourceCheck SourceCheck { get; init; }
    public required LogLevel LogLevel { get; init; }
    public required LogFormat LogFormat { get; init; }

    /// <summary>The one SQLite file.</summary>
    public string StatePath => Path.Combine(DataDir, "state.db");

    /// <summary>The jobs over MTProto: of this process, for the sessions are on its machine, in a cluster too.</summary>
    public string AdminPath => Path.Combine(DataDir, "admin.db");

    /// <summary>Where uploads whose chat is not known yet are kept for a moment.</summary>
    public string SpoolDir => Path.Combine(DataDir, "uploads");

    /// <summary>All listeners.</summary>
    public IEnumerable<Uri> Addresses => Listen.Concat(ApiListen);

    public MessageApiSettings MessageApi => new()
    {
        CallbackSecret = CallbackSecret,
        HasMtproto = Mtproto?.DefaultAccount is not null,
        RatePerSecond = (bot, paid) => paid && LanesOf(bot).PaidStarsPerDay > 0 ? LanesOf(bot).PaidPerSecond : LanesOf(bot).PerSecond,
    };

    /// <summary>One bot's budgets.</summary>
    public LaneSettings LanesOf(Bot bot) => Lanes[bot];
}
