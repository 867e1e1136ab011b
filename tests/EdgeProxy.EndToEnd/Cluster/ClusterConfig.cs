using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeProxy.EndToEnd.Harness;

namespace EdgeProxy.EndToEnd.Cluster;

/// <summary>What all processes of a cluster are told; only the port and the data folder differ.</summary>
internal sealed record ClusterConfig(string Redis, string Postgres)
{
    public const int Partitions = 12;

    /// <summary>Short, so that a test need not wait long for a take-over.</summary>
    public const int LeaseMs = 3000;

    /// <summary>Where the bot's updates go; null for a cluster that only sends.</summary>
    public string? ConsumerUrl { get; init; }

    public string ApiRoot { get; init; } = "http://127.0.0.1:9";

    public object? Lanes { get; init; }

    /// <summary>Bots of the message API, beside the one with updates.</summary>
    public int OutboxBots { get; init; }

    public string ToJson(int port, string dataDir)
    {
        var bot = new JsonObject
        {
            ["Name"] = ProxyConfig.Bot,
            ["Token"] = ProxyConfig.Token,
            ["ApiRoot"] = ApiRoot,
        };
        if (Lanes is not null)
            bot["Lanes"] = JsonSerializer.SerializeToNode(Lanes);
        if (ConsumerUrl is null)
        {
            bot["Mode"] = "off";
        }
        else
        {
            bot["Mode"] = "webhook";
            bot["SetWebhook"] = false;
            bot["WebhookSecret"] = ProxyConfig.Secret;
            bot["WebhookUrl"] = $"http://127.0.0.1:{port}/telegram/webhook/{ProxyConfig.Bot}";
            bot["Subscriptions"] = new JsonArray(new JsonObject
            {
                ["Name"] = "main",
                ["Url"] = ConsumerUrl,
                ["Secret"] = ProxyConfig.ConsumerSecret,
                ["StartFrom"] = "oldest",
            });
        }

        var bots = new JsonArray(bot);
        for (var number = 0; number < OutboxBots; number++)
        {
            bots.Add(new JsonObject
            {
                ["Name"] = OutboxProxy.NameOf(number),
                ["Token"] = OutboxProxy.TokenOf(number),
                ["ApiRoot"] = ApiRoot,
                ["Mode"] = "off",
                ["Lanes"] = JsonSerializer.SerializeToNode(OutboxProxy.FastLanes),
            });
        }

        return new JsonObject
        {
            ["Listen"] = $"http://127.0.0.1:{port}",
            ["DataDir"] = dataDir,
            ["Redis"] = Redis,
            ["Postgres"] = Postgres,
            ["Cluster"] = new JsonObject { ["Partitions"] = Partitions, ["LeaseMs"] = LeaseMs },
            ["CallbackSecret"] = OutboxProxy.CallbackSecret,
            ["ApiKeys"] = new JsonArray(new JsonObject
            {
                ["Name"] = "tests",
                ["Key"] = OutboxProxy.Key,
                ["Scopes"] = new JsonArray("send", "read", "admin"),
            }),
            ["Bots"] = bots,
        }.ToJsonString();
    }
}
