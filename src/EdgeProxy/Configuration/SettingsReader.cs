using System.Diagnostics;
using System.Net;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>Turns configuration into <see cref="EdgeSettings"/>, or into the list of everything that is wrong with it.</summary>
internal static class SettingsReader
{
    private const long GiB = 1L << 30;

    /// <summary>Stands in for a token that was refused, so that the rest of its bot is still checked; such settings are never returned.</summary>
    private static readonly BotToken NoToken = BotToken.TryParse("1:refused", out BotToken? token) ? token : throw new UnreachableException();

    /// <summary>Null when <paramref name="errors"/> is not empty afterwards.</summary>
    public static EdgeSettings? Read(IConfiguration configuration, ConfigErrors errors)
    {
        var root = new ConfigNode(configuration, "", errors);
        IReadOnlyList<Uri> listen = ReadListen(root, errors);
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

        foreach (ConfigNode node in nodes)
        {
            Bot bot = ReadBot(node, apiRoot, errors);
            if (bots.Exists(other => other.Name == bot.Name)) errors.Add(node.Key("Name"), $"\"{bot.Name}\" is taken by another bot; names must differ");
            if (bot.Token != NoToken && bots.Exists(other => other.Id == bot.Id))
            {
                errors.Add(node.Key("Token"), $"bot {bot.Id} is configured twice; keep one entry and give it several Subscriptions");
            }

            bots.Add(bot);
            subscriptions.AddRange(SubscriptionReader.Read(node, bot, errors));
            node.RejectUnknown();
        }

        root.RejectUnknown();
        if (errors.Lines.Count > 0) return null;
        return new EdgeSettings
        {
            Listen = listen,
            DataDir = dataDir,
            Journal = new JournalSettings(Path.Combine(dataDir, "journal")) { MaxBytes = journalBytesMax },
            Bots = bots,
            Subscriptions = subscriptions,
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
        if (char.IsAsciiLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out T value)) return value;
        errors.Add(node.Key(name), $"\"{text}\" is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
        return fallback;
    }

    private static List<Uri> ReadListen(ConfigNode root, ConfigErrors errors)
    {
        var list = new List<Uri>();
        string listen = root.Text("Listen") ?? "http://0.0.0.0:8080";
        foreach (string text in listen.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool valid = Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme == "http" && url.AbsolutePath == "/"
                && (url.Host == "localhost" || IPAddress.TryParse(url.Host, out _));
            if (valid) list.Add(url!);
            else errors.Add("Listen", $"\"{text}\" is not an address like http://0.0.0.0:8080 (TLS ends at the load balancer or nginx before EdgeProxy)");
        }

        if (listen.Trim(';', ' ').Length == 0) errors.Add("Listen", "names no address; write one like http://0.0.0.0:8080");
        return list;
    }

    private static Uri? ReadApiRoot(ConfigNode node, ConfigErrors errors)
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

    private static Bot ReadBot(ConfigNode node, Uri apiRoot, ConfigErrors errors)
    {
        string? text = node.Secret("Token");
        if (!BotToken.TryParse(text, out BotToken? token) && (text is not null || !node.Has("TokenFile")))
        {
            errors.Add(node.Key("Token"), text is null
                ? "is missing; write the token from @BotFather, or name a file in TokenFile"
                : "does not look like a token; @BotFather gives digits, a colon and letters: 123456789:AA…");
        }

        string name = node.Text("Name") ?? token?.BotId.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "bot";
        if (name.Length > 64 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'))
        {
            errors.Add(node.Key("Name"), $"\"{name}\" must be 1 to 64 of a–z 0–9 _ -");
        }

        string? secret = node.Secret("WebhookSecret");
        if (secret is not null && !SecretToken.IsLegal(secret))
        {
            errors.Add(node.Key("WebhookSecret"), $"must be 1 to {Limits.SecretTokenCharsMax} of A–Z a–z 0–9 _ - (the Bot API's rule for secret_token)");
        }

        Uri? url = node.Url("WebhookUrl");
        bool setWebhook = node.Flag("SetWebhook", true);
        IngestMode mode = ReadEnum(node, "Mode", url is null && setWebhook ? IngestMode.Polling : IngestMode.Webhook, errors);
        if (mode == IngestMode.Polling && url is not null) errors.Add(node.Key("WebhookUrl"), "is given, but Mode is polling; remove one of them");
        if (mode == IngestMode.Webhook && setWebhook && url is null)
        {
            errors.Add(node.Key("WebhookUrl"), "is missing; write the public URL for Telegram to call, or SetWebhook: false when you register it yourself");
        }

        if (mode == IngestMode.Webhook && setWebhook && secret is null)
        {
            errors.Add(node.Key("WebhookSecret"), "is missing; without it anyone who learns the URL can forge updates; write 1 to 256 of A–Z a–z 0–9 _ -");
        }

        int maxConnections = node.Int("MaxConnections", 40, 1, 100);
        Uri root = ReadApiRoot(node, errors) ?? apiRoot;
        if (url is { AbsolutePath: "/" }) url = new Uri(url, WebhookEndpoint.PathPrefix + name);
        return new Bot
        {
            Name = name,
            Token = token ?? NoToken,
            ApiRoot = new Uri(root.AbsoluteUri.TrimEnd('/')),
            Secret = Encoding.UTF8.GetBytes(secret ?? ""),
            Mode = mode,
            WebhookUrl = setWebhook ? url : null,
            MaxConnections = maxConnections,
        };
    }
}
