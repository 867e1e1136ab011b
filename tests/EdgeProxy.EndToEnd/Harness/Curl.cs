using System.Text.Json;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>curl, as somebody types it who reads the README.</summary>
internal sealed class Curl(Uri root, string key)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Runs curl on a path with more arguments; the status and the JSON that came.</summary>
    public async Task<OutboxReply> RunAsync(string path, params string[] arguments)
    {
        var result = await Tool.RunAsync(
            Bound, "curl", ["-sS", "-w", "\n%{http_code}", "-H", "Authorization: Bearer " + key, .. arguments, new Uri(root, path).AbsoluteUri]);
        Assert.True(result.ExitCode == 0 && result.Error == "", result.ToString());
        var end = result.Output.TrimEnd().LastIndexOf('\n');
        var body = result.Output[..Math.Max(0, end)].Trim();
        return new OutboxReply(int.Parse(result.Output[(end + 1)..]), null, body.Length == 0 ? default : JsonDocument.Parse(body).RootElement);
    }

    /// <summary>POSTs JSON.</summary>
    public Task<OutboxReply> PostAsync(string path, string json, params string[] arguments) =>
        RunAsync(path, ["-H", "Content-Type: application/json", .. arguments, "-d", json]);
}
