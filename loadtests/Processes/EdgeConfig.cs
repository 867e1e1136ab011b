using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>What a scenario says about the proxy it starts; the rest of edgeproxy.json is the same for all of them.</summary>
internal sealed record EdgeConfig
{
    public const string Token = "123456:AAH-loadloadloadloadloadloadload";
    public const string Bot = "load";
    public const int BotDigits = 3;
    public const string ApiKey = "load-tests-key-load-tests-key-load-tests-key";
    public const string WebhookSecret = "load-secret_1";

    public int Port { get; } = Ports.Free();
    public required Uri ApiRoot { get; init; }
    public string DataDir { get; init; } = "";

    /// <summary>Takes updates by webhook (nothing is told to the simulator); otherwise the bot only sends.</summary>
    public bool TakesUpdates { get; init; }

    /// <summary>How many bots take updates, named by <see cref="BotName"/>; otherwise there is one, named <see cref="Bot"/>.</summary>
    public int Bots { get; init; }

    /// <summary>Where the first bot's updates are delivered; null for nowhere.</summary>
    public Uri? Consumer { get; init; }

    /// <summary>The bot's budgets, as keys of edgeproxy.json; null for the defaults.</summary>
    public Dictionary<string, object>? Lanes { get; init; }

    /// <summary>Redis and PostgreSQL of a cluster; null for the data folder.</summary>
    public (string Redis, string Postgres)? Servers { get; init; }

    /// <summary>As many digits for every bot, so that a request can be patched.</summary>
    public static string BotName(int number) => Bot + number.ToString("d" + BotDigits, CultureInfo.InvariantCulture);

    public object ToSettings()
    {
        object[] bots = Bots == 0
            ? [BotSettings(Bot, Token)]
            : [.. Enumerable.Range(0, Bots).Select(number => BotSettings(BotName(number), $"{number + 1}{Token}"))];
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey)));
        var settings = new Dictionary<string, object>
        {
            ["Listen"] = $"http://127.0.0.1:{Port}",
            ["DataDir"] = DataDir,
            ["LogLevel"] = "warning",
            ["Bots"] = bots,
            ["ApiKeys"] = new[] { new { Name = "load", Sha256 = hash, Scopes = new[] { "send", "read", "admin" } } },
        };
        if (Servers is not { } servers) return settings;
        (settings["Redis"], settings["Postgres"]) = servers;
        return settings;
    }

    private Dictionary<string, object> BotSettings(string name, string token)
    {
        var bot = new Dictionary<string, object> { ["Name"] = name, ["Token"] = token, ["ApiRoot"] = ApiRoot.GetLeftPart(UriPartial.Authority) };
        if (TakesUpdates)
        {
            bot["Mode"] = "webhook";
            bot["SetWebhook"] = false;
            bot["WebhookSecret"] = WebhookSecret;
        }
        else
        {
            bot["Mode"] = "off";
        }

        if (Lanes is not null) bot["Lanes"] = Lanes;
        if (Consumer is not null && name == BotName(0)) bot["Subscriptions"] = new[] { new { Name = "main", Url = Consumer } };
        return bot;
    }
}
