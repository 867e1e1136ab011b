using System.Text.Json;
using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>What the webhook refuses, by status and one-line reason, and that a refusal stores nothing.</summary>
public sealed class RefusalTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Refusals_name_their_reason_and_store_nothing()
    {
        using var folder = new TempFolder();
        await using var consumer = new Consumer();
        await consumer.UpAsync();
        var config = new ProxyConfig(Ports.Free(), folder.Sub("data"), consumer.Url);
        using var proxy = ProxyProcess.In(folder, config);
        using var client = new WebhookClient(config.Port);
        await proxy.StartAsync();

        var good = Updates.Message(1, 5, 1);
        await RefusedAsync(401, await client.SendAsync(good, secret: "wrong"));
        await RefusedAsync(401, await client.SendAsync(good, secret: null));
        await RefusedAsync(401, await client.SendAsync(good, secret: ProxyConfig.Secret + "1"));
        await RefusedAsync(404, await client.SendAsync(good, bot: "nobody"));
        await RefusedAsync(413, await client.SendAsync(Updates.Message(2, 5, 2, new string('x', 600 * 1024))));
        await RefusedAsync(400, await client.SendAsync("""{"update_id":3,"message":{"""));
        await RefusedAsync(400, await client.SendAsync("""{"message":{"text":"no id"}}"""));
        await RefusedAsync(400, await client.SendAsync(""));
        Assert.Equal(0, await proxy.MetricAsync("edgeproxy_updates_accepted_total"));

        // The next good update is the first that is stored and the only one that arrives.
        Assert.Equal(200, await client.PostAsync(Updates.Message(9, 5, 9)));
        Assert.Empty(await consumer.MissingAsync([9], TimeSpan.FromSeconds(10)));
        Assert.Equal(1, await proxy.MetricAsync("edgeproxy_updates_accepted_total"));
        Assert.Equal([9L], consumer.Deliveries.Select(delivery => delivery.UpdateId));

        Assert.DoesNotContain(ProxyConfig.Token, proxy.Log);
        Assert.DoesNotContain(ProxyConfig.Secret, proxy.Log);
    }

    [Fact]
    public async Task A_repeated_update_is_acknowledged_and_delivered_once()
    {
        using var folder = new TempFolder();
        await using var consumer = new Consumer();
        await consumer.UpAsync();
        var config = new ProxyConfig(Ports.Free(), folder.Sub("data"), consumer.Url);
        using var proxy = ProxyProcess.In(folder, config);
        using var client = new WebhookClient(config.Port);
        await proxy.StartAsync();

        var body = Updates.Message(77, 5, 1);
        for (var copy = 0; copy < 5; copy++)
            Assert.Equal(200, await client.PostAsync(body));
        proxy.Kill();
        await proxy.StartAsync();
        Assert.Equal(200, await client.PostAsync(body));
        Assert.Equal(200, await client.PostAsync(Updates.Message(78, 5, 2)));
        Assert.Empty(await consumer.MissingAsync([77, 78], TimeSpan.FromSeconds(10)));
        Assert.Equal(1, await proxy.MetricAsync("edgeproxy_updates_accepted_total"));
    }

    private async Task RefusedAsync(int status, HttpResponseMessage reply)
    {
        using (reply)
        {
            var text = await reply.Content.ReadAsStringAsync();
            output.WriteLine($"{(int)reply.StatusCode} {text}");
            Assert.Equal(status, (int)reply.StatusCode);
            Assert.DoesNotContain('\n', text.TrimEnd('\n'));
            using var json = JsonDocument.Parse(text);
            Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
            Assert.Equal(status, json.RootElement.GetProperty("error_code").GetInt32());
            Assert.NotEmpty(json.RootElement.GetProperty("description").GetString()!);
        }
    }
}
