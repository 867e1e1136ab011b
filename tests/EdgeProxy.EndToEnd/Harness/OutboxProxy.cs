using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>A proxy with a message API: some bots whose Telegram is at a URL of the test's choice, and one key that may do everything.</summary>
internal static class OutboxProxy
{
    public const string Key = "outbox-key-of-the-end-to-end-tests";
    public const string CallbackSecret = "callback-secret-of-the-tests";

    /// <summary>Budgets far above what a test sends: it is about faults, not about limits.</summary>
    public static readonly object FastLanes = new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 2000, Burst = 200 };

    public static string TokenOf(int bot) => $"{700000 + bot}:AAH-outboxoutboxoutboxoutboxoutboxou";

    public static string NameOf(int bot) => $"bot{bot}";

    /// <summary>Writes the configuration into <paramref name="folder"/>; the data lies in <paramref name="dataDir"/>, else in the folder too.
    /// The API has a port of its own when <paramref name="apiPort"/> is not 0.</summary>
    public static ProxyProcess In(
        TempFolder folder, string apiRoot, int bots = 1, object? lanes = null, string? dataDir = null, int apiPort = 0)
    {
        var port = Ports.Free();
        var data = dataDir ?? folder.Sub($"data-{port}");
        var list = new JsonArray();
        for (var bot = 0; bot < bots; bot++)
        {
            list.Add(new JsonObject
            {
                ["Name"] = NameOf(bot),
                ["Token"] = TokenOf(bot),
                ["ApiRoot"] = apiRoot,
                ["Mode"] = "off",
                ["Lanes"] = JsonSerializer.SerializeToNode(lanes ?? FastLanes),
            });
        }

        var root = new JsonObject
        {
            ["Listen"] = $"http://127.0.0.1:{port}",
            ["DataDir"] = data,
            ["CallbackSecret"] = CallbackSecret,
            ["Bots"] = list,
            ["ApiKeys"] = new JsonArray(new JsonObject
            {
                ["Name"] = "tests",
                ["Key"] = Key,
                ["Scopes"] = new JsonArray("send", "read", "admin"),
            }),
        };
        if (apiPort != 0)
            root["ApiListen"] = $"http://127.0.0.1:{apiPort}";
        var path = Path.Combine(folder.Path, $"edgeproxy-{port}.json");
        File.WriteAllText(path, root.ToJsonString());
        return new ProxyProcess(new ProxyConfig(port, data, ""), path);
    }
}
