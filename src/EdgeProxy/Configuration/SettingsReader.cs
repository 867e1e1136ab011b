using System.Net;
using System.Text;
using EdgeProxy.Admin;
using EdgeProxy.Bots;
using EdgeProxy.Cluster;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Primitives;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>Turns configuration into <see cref="EdgeSettings"/>, or into the list of everything that is wrong with it.</summary>
internal static class SettingsReader
{
    private const long GiB = 1L << 30;

    /// <summary>Null when <paramref name="errors"/> is not empty afterwards.</summary>
    public static EdgeSettings? Read(IConfiguration configuration, ConfigErrors errors)
    {
        if (errors.IsFileUnread) return null;
        var root = new ConfigNode(configuration, "", errors);
        IReadOnlyList<Uri> listen = ReadListen(root, "Listen", "http://0.0.0.0:8080", errors);
        IReadOnlyList<Uri> apiListen = ReadApiListen(root, listen, errors);
        string dataDir = Path.GetFullPath(root.Text("DataDir") ?? "data");
        long journalBytesMax = root.Long("JournalBytesMax", 16 * GiB, 256L << 20, 16384 * GiB);
        Uri apiRoot = ReadApiRoot(root, errors) ?? new Uri("https://api.telegram.org");
        SourceCheck sourceCheck = ReadSourceCheck(root, errors);
        LogFormat logFormat = ReadEnum(root, "LogFormat", LogFormat.Text, errors);
        LogLevel logLevel = ReadEnum(root, "LogLevel", LogLevel.Information, errors);
        var bots = new List<Bot>();
        var subscriptions = new List<Subscription>();
        IReadOnlyList<ConfigNode> nodes = root.Nodes("Bots", Limits.BotsMax);
        if (nodes.Count == 0)
        {
            errors.Add("Bots:0:Token", "is missing; write the token from @BotFather here or in TELEGRAM_BOT_TOKEN, or name a file in Bots:0:TokenFile");
        }

        var lanes = new Dictionary<Bot, LaneSettings>();
        foreach (ConfigNode node in nodes)
        {
            Bot bot = BotReader.Read(node, bots, apiRoot, errors);
            bots.Add(bot);
            lanes.Add(bot, LaneReader.Read(node));
            subscriptions.AddRange(SubscriptionReader.Read(node, bot, errors));
            node.RejectUnknown();
        }

        ApiKeyRing apiKeys = ApiKeyReader.Read(root, bots, errors);
        byte[] callbackSecret = ReadCallbackSecret(root, errors);
        int retentionDays = ReadRetentionDays(root);
        ClusterSettings? cluster = ClusterReader.Read(root, errors);
        MtprotoSettings? mtproto = MtprotoReader.Read(root, dataDir, logLevel, errors);
        root.RejectUnknown();
        if (errors.Lines.Count > 0) return null;
        return new EdgeSettings
        {
            Listen = listen,
            ApiListen = apiListen,
            DataDir = dataDir,
            Journal = new JournalSettings(Path.Combine(dataDir, "journal")) { MaxBytes = journalBytesMax },
            Bots = bots,
            Subscriptions = subscriptions,
            ApiKeys = apiKeys,
            Lanes = lanes,
            CallbackSecret = callbackSecret,
            Cluster = cluster,
            Mtproto = mtproto,
            Outbox = new OutboxSettings(Path.Combine(dataDir, "outbox-uploads")) { RetentionDays = retentionDays },
            SourceCheck = sourceCheck,
            LogLevel = logLevel,
            LogFormat = logFormat,
        };
    }

    /// <summary>One of the enum's names, case aside; anything else is reported with the whole choice.</summary>
    public static T ReadEnum<T>(ConfigNode node, string name, T fallback, ConfigErrors errors)
        where T : struct, Enum
    {
        string? text = node.Text(name);
        if (text is null) return fallback;
        if (text.All(char.IsAsciiLetter) && Enum.TryParse(text, ignoreCase: true, out T value)) return value;
        errors.Add(node.Key(name), $"\"{text}\" is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
        return fallback;
    }

    private static List<Uri> ReadListen(ConfigNode root, string name, string fallback, ConfigErrors errors)
    {
        var list = new List<Uri>();
        string listen = root.Text(name) ?? fallback;
        foreach (string text in listen.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool valid = Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme == "http" && url.AbsolutePath == "/"
                && (url.Host == "localhost" || IPAddress.TryParse(url.Host, out _));
            if (valid) list.Add(url!);
            else errors.Add(name, $"\"{text}\" is not an address like http://0.0.0.0:8080 (TLS ends at the load balancer or nginx before EdgeProxy)");
        }

        if (listen.Length > 0 && listen.Trim(';', ' ').Length == 0) errors.Add(name, "names no address; write one like http://0.0.0.0:8080");
        return list;
    }

    private static List<Uri> ReadApiListen(ConfigNode root, IReadOnlyList<Uri> listen, ConfigErrors errors)
    {
        List<Uri> list = ReadListen(root, "ApiListen", "", errors);
        foreach (Uri url in list)
        {
            // Requests are told apart by the port they came in on.
            if (url.Port == 0) errors.Add("ApiListen", "needs a port of its own; 0 lets the system choose any");
            else if (listen.Any(other => other.Port == url.Port)) errors.Add("ApiListen", $"port {url.Port} is one of Listen's; choose another");
        }

        return list;
    }

    private static byte[] ReadCallbackSecret(ConfigNode root, ConfigErrors errors)
    {
        string secret = root.Secret("CallbackSecret") ?? "";
        if (secret.Length is > 0 and < Limits.CallbackSecretCharsMin)
        {
            errors.Add("CallbackSecret", $"must have at least {Limits.CallbackSecretCharsMin} characters; `openssl rand -hex 32` makes one");
        }

        return Encoding.UTF8.GetBytes(secret);
    }

    private static int ReadRetentionDays(ConfigNode root)
    {
        ConfigNode node = root.Node("Outbox");
        int days = node.Int("RetentionDays", 30, 1, 3650);
        node.RejectUnknown();
        return days;
    }

    public static Uri? ReadApiRoot(ConfigNode node, ConfigErrors errors)
    {
        Uri? url = node.Url("ApiRoot");
        if (url is null || (url.Query.Length == 0 && url.Fragment.Length == 0)) return url;
        errors.Add(node.Key("ApiRoot"), "must be a root like https://api.telegram.org, without query or fragment");
        return null;
    }

    private static SourceCheck ReadSourceCheck(ConfigNode root, ConfigErrors errors)
    {
        bool only = root.Flag("TelegramSourcesOnly", false);
        var proxies = new List<IPNetwork>();
        IReadOnlyList<string> texts = root.List("TrustedProxies");
        if (texts.Count > Limits.TrustedProxiesMax) errors.Add("TrustedProxies", $"has {texts.Count} entries; {Limits.TrustedProxiesMax} is the most");
        foreach (string text in texts)
        {
            if (IPNetwork.TryParse(text, out IPNetwork network)) proxies.Add(network);
            else if (IPAddress.TryParse(text, out IPAddress? address)) proxies.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else errors.Add("TrustedProxies", $"\"{text}\" is neither an address nor a network like 10.0.0.0/8");
        }

        return new SourceCheck(only, proxies);
    }
}
