using System.Text.Json;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>What a test says about the proxy it starts; everything else of edgeproxy.json is the same for all of them.</summary>
internal sealed record ProxyConfig(int Port, string DataDir, string ConsumerUrl)
{
    public const string Secret = "webhook-secret_1";
    public const string ConsumerSecret = "consumer-secret_1";
    public const string Token = "123456:AAH-endtoendendtoendendtoendendtoe";
    public const string Bot = "demo";

    public int MaxInFlight { get; init; } = 40;

    public string ToJson() => JsonSerializer.Serialize(new
    {
        Listen = $"http://127.0.0.1:{Port}",
        DataDir,
        ApiKeys = new[] { new { Name = "tests", OutboxProxy.Key, Scopes = new[] { "admin" } } },
        Bots = new[]
        {
            new
            {
                Name = Bot,
                Token,
                // Nothing listens there: these tests need no Telegram.
                ApiRoot = "http://127.0.0.1:9",
                WebhookSecret = Secret,
                WebhookUrl = $"http://127.0.0.1:{Port}/telegram/webhook/{Bot}",
                Mode = "webhook",
                SetWebhook = false,
                MaxConnections = 40,
                Subscriptions = new[]
                {
                    new
                    {
                        Name = "main",
                        Url = ConsumerUrl,
                        Secret = ConsumerSecret,
                        MaxInFlight,
                        TimeoutMs = 60000,
                        StartFrom = "oldest",
                    },
                },
            },
        },
    });
}
