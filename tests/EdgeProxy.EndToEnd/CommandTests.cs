using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>The command line, and what a start refuses.</summary>
public sealed class CommandTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Version_is_one_line()
    {
        var result = await Tool.RunAsync(Bound, Binary.Path, "--version");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches(@"\d+\.\d+\.\d+", result.Output);
        Assert.Single(result.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Check_names_every_error_at_once_and_no_token()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "bad.json");
        const string BadToken = "not-a-token-SECRETPART";
        await File.WriteAllTextAsync(
            path,
            $$"""
            { "Listen": "not a url", "DataDir": "{{folder.Sub("data")}}",
              "Bots": [
                { "Name": "demo", "Token": "{{BadToken}}", "ApiRoot": "http://127.0.0.1:9", "WebhookSecret": "spaces are not allowed",
                  "WebhookUrl": "https://bot.example/telegram/webhook/demo", "Mode": "carrier pigeon", "SetWebhook": false, "MaxConnections": 1000,
                  "Subscriptions": [ { "Name": "main", "Url": "no url", "MaxInFlight": 0, "TimeoutMs": -1, "StartFrom": "oldest" } ] } ] }
            """);

        var result = await Tool.RunAsync(Bound, Binary.Path, "check", "--config", path);

        output.WriteLine(result.ToString());
        Assert.Equal(2, result.ExitCode);
        foreach (var key in (string[])["Listen", "Bots:0:Token", "Bots:0:WebhookSecret", "Bots:0:Mode", "Bots:0:MaxConnections",
            "Bots:0:Subscriptions:0:Url", "Bots:0:Subscriptions:0:MaxInFlight"])
            Assert.Contains(key, result.Error);
        Assert.DoesNotContain("SECRETPART", result.Output + result.Error);
    }

    [Fact]
    public async Task Check_accepts_a_good_configuration()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "good.json");
        await File.WriteAllTextAsync(path, new ProxyConfig(Ports.Free(), folder.Sub("data"), "http://127.0.0.1:9/hook").ToJson());
        var result = await Tool.RunAsync(Bound, Binary.Path, "check", "--config", path);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.DoesNotContain(ProxyConfig.Token, result.Output + result.Error);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_refused()
    {
        using var folder = new TempFolder();
        var data = folder.Sub("data");
        using var first = ProxyProcess.In(folder, new ProxyConfig(Ports.Free(), data, "http://127.0.0.1:9/hook"));
        using var second = ProxyProcess.In(folder, new ProxyConfig(Ports.Free(), data, "http://127.0.0.1:9/hook"));
        await first.StartAsync();

        second.Launch();
        var code = await second.ExitAsync(Bound);

        output.WriteLine(second.Log);
        Assert.NotEqual(0, code);
        Assert.Contains(data, second.Log);
        Assert.Matches("(?i)lock|another process|in use", second.Log);
        Assert.DoesNotContain("   at ", second.Log);
        Assert.Equal(200, await first.StatusAsync("/readyz"));
    }

    [Fact]
    public async Task An_address_that_cannot_be_bound_is_one_line_and_exit_1()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "elsewhere.json");
        var json = new ProxyConfig(Ports.Free(), folder.Sub("data"), "http://127.0.0.1:9/hook").ToJson();
        await File.WriteAllTextAsync(path, json.Replace("http://127.0.0.1:", "http://203.0.113.5:", StringComparison.Ordinal));

        var result = await Tool.RunAsync(Bound, Binary.Path, "--config", path);

        output.WriteLine(result.ToString());
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("203.0.113.5", result.Error);
        Assert.DoesNotContain("   at ", result.Output + result.Error);
    }
}
