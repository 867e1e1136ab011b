using System.Diagnostics;
using System.Globalization;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Ingest;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>Reads one entry of Bots, without its Lanes and Subscriptions.</summary>
internal static class BotReader
{
    /// <summary>Stands in for a token that was refused, so that the rest of its bot is still checked; such settings are never returned.</summary>
    private static readonly BotToken NoToken = BotToken.TryParse("1:refused", out BotToken? token) ? token : throw new UnreachableException();

    /// <param name="node">The entry.</param>
    /// <param name="others">The bots before it.</param>
    /// <param name="apiRoot">For a bot that names none.</param>
    /// <param name="errors">Gets what is wrong.</param>
    public static Bot Read(ConfigNode node, IReadOnlyList<Bot> others, Uri apiRoot, ConfigErrors errors)
    {
        BotToken? token = ReadToken(node, errors);
        string name = ReadName(node, token, others, errors);
        if (token is not null && others.Any(other => other.Token != NoToken && other.Id == token.BotId))
        {
            errors.Add(node.Key("Token"), $"bot {token.BotId} is configured twice; keep one entry and give it several Subscriptions");
        }

        string? secret = node.Secret("WebhookSecret");
        if (secret is not null && !SecretToken.IsLegal(secret))
        {
            errors.Add(node.Key("WebhookSecret"), $"must be 1 to {Limits.SecretTokenCharsMax} of A–Z a–z 0–9 _ - (the Bot API's rule for secret_token)");
        }

        Uri? url = node.Url("WebhookUrl");
        bool setWebhook = node.Flag("SetWebhook", true);
        int maxConnections = node.Int("MaxConnections", 40, 1, 100);
        IngestMode automatic = url is null && setWebhook ? IngestMode.Polling : IngestMode.Webhook;
        IngestMode mode = SettingsReader.ReadEnum(node, "Mode", automatic, errors);
        CheckMode(node, mode, setWebhook, url, secret, errors);
        Uri root = SettingsReader.ReadApiRoot(node, errors) ?? apiRoot;
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

    private static BotToken? ReadToken(ConfigNode node, ConfigErrors errors)
    {
        string? text = node.Secret("Token");
        if (!BotToken.TryParse(text, out BotToken? token) && (text is not null || !node.Has("TokenFile")))
        {
            errors.Add(node.Key("Token"), text is null
                ? "is missing; write the token from @BotFather, or name a file in TokenFile"
                : "does not look like a token; @BotFather gives digits, a colon and letters: 123456789:AA…");
        }

        return token;
    }

    private static string ReadName(ConfigNode node, BotToken? token, IReadOnlyList<Bot> others, ConfigErrors errors)
    {
        string? given = node.Text("Name");
        // Neither name nor token: the token is what is told; the entry's place keeps such names apart.
        if (given is null && token is null) return $"unnamed bot {others.Count}";
        string name = given ?? token!.BotId.ToString(CultureInfo.InvariantCulture);
        if (name.Length > Limits.BotNameCharsMax || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'))
        {
            errors.Add(node.Key("Name"), $"\"{name}\" must be 1 to {Limits.BotNameCharsMax} of a–z 0–9 _ -");
        }

        // The same token twice without names is told of the token.
        Bot? other = others.FirstOrDefault(other => other.Name == name);
        if (other is not null && (given is not null || other.Id != token!.BotId))
        {
            errors.Add(node.Key("Name"), $"\"{name}\" is taken by another bot; names must differ");
        }

        return name;
    }

    private static void CheckMode(ConfigNode node, IngestMode mode, bool setWebhook, Uri? url, string? secret, ConfigErrors errors)
    {
        if (mode == IngestMode.Off)
        {
            foreach (string name in (string[])["WebhookUrl", "WebhookSecret", "WebhookSecretFile", "SetWebhook", "MaxConnections"])
            {
                if (node.Has(name)) errors.Add(node.Key(name), "is given, but Mode is off: EdgeProxy takes no updates of this bot; remove one of them");
            }

            if (node.Has("Subscriptions"))
            {
                errors.Add(node.Key("Subscriptions"), "are given, but Mode is off: EdgeProxy takes no updates of this bot, so there would be none to deliver");
            }
        }

        if (mode == IngestMode.Polling && url is not null) errors.Add(node.Key("WebhookUrl"), "is given, but Mode is polling; remove one of them");
        if (mode != IngestMode.Webhook || !setWebhook) return;
        if (url is null)
        {
            errors.Add(node.Key("WebhookUrl"), "is missing; write the public URL for Telegram to call, or SetWebhook: false when you register it yourself");
        }

        if (secret is null && !node.Has("WebhookSecretFile"))
        {
            errors.Add(node.Key("WebhookSecret"), "is missing; without it anyone who learns the URL can forge updates; write 1 to 256 of A–Z a–z 0–9 _ -");
        }
    }
}
