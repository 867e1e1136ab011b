using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>A proxy that only sends: one bot whose Telegram is at a URL of the test's choice.</summary>
internal static class SendingProxy
{
    /// <summary>Writes the configuration into <paramref name="folder"/>; <paramref name="lanes"/> are its Lanes, the defaults when null.</summary>
    public static ProxyProcess In(TempFolder folder, string apiRoot, object? lanes = null)
    {
        var port = Ports.Free();
        var data = folder.Sub($"data-{port}");
        var bot = new JsonObject
        {
            ["Name"] = ProxyConfig.Bot,
            ["Token"] = ProxyConfig.Token,
            ["ApiRoot"] = apiRoot,
            ["Mode"] = "off",
        };
        if (lanes is not null)
            bot["Lanes"] = JsonSerializer.SerializeToNode(lanes);
        var root = new JsonObject { ["Listen"] = $"http://127.0.0.1:{port}", ["DataDir"] = data, ["Bots"] = new JsonArray(bot) };
        var path = Path.Combine(folder.Path, $"edgeproxy-{port}.json");
        File.WriteAllText(path, root.ToJsonString());
        return new ProxyProcess(new ProxyConfig(port, data, ""), path);
    }
}
