using System.Diagnostics;
using System.Text.Json;
using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>A bot written with a real framework receives everything, once and in order, without knowing of the proxy.</summary>
public sealed class GrammyTests(ITestOutputHelper output)
{
    private const int UpdateCount = 10_000;
    private const int ChatCount = 500;
    private const int Posters = 20;
    private const int BoundSeconds = 120;

    [Fact]
    public async Task A_grammY_bot_receives_ten_thousand_updates_in_per_chat_order()
    {
        var script = Path.Combine(Binary.Root, "tests", "EdgeProxy.EndToEnd", "npm", "grammy-bot.mjs");
        var modules = Path.Combine(Path.GetDirectoryName(script)!, "node_modules", "grammy");
        Assert.True(Directory.Exists(modules), "grammY is not installed: tests/run.sh does it");
        using var folder = new TempFolder();
        var botPort = Ports.Free();
        var config = new ProxyConfig(Ports.Free(), folder.Sub("data"), $"http://127.0.0.1:{botPort}/hook");
        using var proxy = ProxyProcess.In(folder, config);
        using var client = new WebhookClient(config.Port);
        var bot = Tool.RunAsync(
            TimeSpan.FromSeconds(BoundSeconds + 20), "node", script, $"{botPort}", ProxyConfig.ConsumerSecret, $"{UpdateCount}", $"{BoundSeconds}");
        await proxy.StartAsync();

        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Posters).Select(poster => Task.Run(() => PostAsync(client, poster))));
        var posted = Stopwatch.GetElapsedTime(started);
        var result = await bot;

        output.WriteLine($"posted in {posted.TotalSeconds:F1} s, received in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s: {result.Output}");
        Assert.True(result.ExitCode == 0 && result.Error == "", result + proxy.Log);
        using var figures = JsonDocument.Parse(result.Output);
        Assert.Equal(UpdateCount, Figure("distinct"));
        Assert.Equal(ChatCount, Figure("chats"));
        Assert.Equal(0, Figure("outOfOrder"));
        Assert.Equal(0, Figure("repeated"));

        int Figure(string name) => figures.RootElement.GetProperty(name).GetInt32();
    }

    /// <summary>Each poster owns its chats, so that the order in a chat is known.</summary>
    private static async Task PostAsync(WebhookClient client, int poster)
    {
        const int ChatsPerPoster = ChatCount / Posters;
        const int PerChat = UpdateCount / ChatCount;
        for (var sequence = 1; sequence <= PerChat; sequence++)
        {
            for (var chat = 0; chat < ChatsPerPoster; chat++)
            {
                var number = (poster * ChatsPerPoster) + chat;
                var id = 500_000L + (sequence * ChatCount) + number;
                Assert.Equal(200, await client.PostAsync(Updates.Message(id, 1000 + number, sequence)));
            }
        }
    }
}
