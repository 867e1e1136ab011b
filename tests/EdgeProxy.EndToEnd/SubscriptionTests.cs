using System.Net;
using System.Net.Http.Headers;
using System.Text;
using EdgeProxy.EndToEnd.Cluster;
using EdgeProxy.EndToEnd.Harness;

namespace EdgeProxy.EndToEnd;

/// <summary>Subscriptions that are made while the published binary runs.</summary>
public sealed class SubscriptionTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task One_that_was_put_outlives_a_kill_with_its_place_and_goes_when_it_is_deleted()
    {
        using var folder = new TempFolder();
        await using var main = new Consumer();
        await using var late = new Consumer();
        await main.UpAsync();
        await late.UpAsync();
        using var proxy = ProxyProcess.In(folder, new ProxyConfig(Ports.Free(), folder.Sub("data"), main.Url));
        await proxy.StartAsync();
        using var telegram = new WebhookClient(proxy.BaseAddress.Port);
        Assert.Equal(200, await telegram.PostAsync(Updates.Message(1, 1, 1)));
        Assert.Equal(HttpStatusCode.Created, await CallAsync(proxy, HttpMethod.Put, late.Url));
        for (var id = 2; id <= 50; id++)
            Assert.Equal(200, await telegram.PostAsync(Updates.Message(id, id % 5, id)));
        await late.DownAsync();
        for (var id = 51; id <= 100; id++)
            Assert.Equal(200, await telegram.PostAsync(Updates.Message(id, id % 5, id)));
        proxy.Kill();
        await late.UpAsync();
        await proxy.StartAsync();
        var wanted = Enumerable.Range(2, 99).Select(id => (long)id).ToList();
        Assert.Empty(await late.MissingAsync(wanted, Bound));
        Assert.False(late.HasAcknowledged(1));

        Assert.Equal(HttpStatusCode.OK, await CallAsync(proxy, HttpMethod.Put, late.Url));
        Assert.Equal(HttpStatusCode.NoContent, await CallAsync(proxy, HttpMethod.Delete));
        Assert.Equal(200, await telegram.PostAsync(Updates.Message(101, 1, 101)));
        Assert.Empty(await main.MissingAsync([101], Bound));
        Assert.False(late.HasAcknowledged(101));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(proxy, HttpMethod.Delete));
        Assert.Equal(0, await proxy.StopAsync(Bound));
    }

    [Fact]
    public async Task In_a_cluster_one_that_was_put_at_a_process_which_then_dies_is_run_by_the_others()
    {
        await using var main = new Consumer();
        await using var late = new Consumer();
        await main.UpAsync();
        await late.UpAsync();
        await using var rig = await ClusterRig.StartAsync(2, config => config with { ConsumerUrl = main.Url });
        using var telegram = new WebhookClient(rig.Members[1].BaseAddress.Port);
        Assert.Equal(200, await telegram.PostAsync(Updates.Message(1, 1, 1)));
        Assert.Equal(HttpStatusCode.Created, await CallAsync(rig.Members[0], HttpMethod.Put, late.Url));
        for (var id = 2; id <= 50; id++)
            Assert.Equal(200, await telegram.PostAsync(Updates.Message(id, id % 20, id)));
        rig.Members[0].Kill();
        for (var id = 51; id <= 100; id++)
            Assert.Equal(200, await telegram.PostAsync(Updates.Message(id, id % 20, id)));
        var wanted = Enumerable.Range(2, 99).Select(id => (long)id).ToList();
        var missing = await late.MissingAsync(wanted, Bound);
        Assert.True(missing.Count == 0, $"missing {string.Join(' ', missing)}\n{rig.Logs}");
        Assert.False(late.HasAcknowledged(1));
        Assert.Equal(HttpStatusCode.NoContent, await CallAsync(rig.Members[1], HttpMethod.Delete));
    }

    private static async Task<HttpStatusCode> CallAsync(ProxyProcess proxy, HttpMethod method, string? url = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(proxy.BaseAddress, $"/v1/bots/{ProxyConfig.Bot}/subscriptions/late"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", OutboxProxy.Key);
        if (url is not null)
            request.Content = new StringContent($$"""{"url":"{{url}}","secret":"{{ProxyConfig.ConsumerSecret}}"}""", Encoding.UTF8, "application/json");
        using var reply = await http.SendAsync(request);
        return reply.StatusCode;
    }
}
