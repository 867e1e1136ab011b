using System.Net;
using System.Net.Http.Headers;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Downloads: the same bytes, status and headers as from Telegram itself.</summary>
public sealed class BotApiFileTests
{
    private const long Bytes = 3_000_000;

    [Theory]
    [InlineData(null, null)]
    [InlineData(0L, 99L)]
    [InlineData(1_000_000L, null)]
    [InlineData(null, 5L)]
    [InlineData(2_999_999L, 9_000_000L)]
    [InlineData(3_000_000L, null)]
    public async Task A_range_is_Telegrams_range(long? from, long? to)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        string path = PathOf(rig);
        RangeHeaderValue? range = from is null && to is null ? null : new RangeHeaderValue(from, to);
        (HttpResponseMessage direct, byte[] expected) = await GetAsync(rig, rig.Telegram.Url + path, range);
        (HttpResponseMessage through, byte[] found) = await GetAsync(rig, rig.Url + path, range);
        Assert.Equal(direct.StatusCode, through.StatusCode);
        Assert.Equal(expected, found);
        Assert.Equal(Head(direct), Head(through));
        Assert.Equal(from is null && to is null ? 200 : from >= Bytes ? 416 : 206, (int)through.StatusCode);
        Assert.Empty(rig.Complaints.Lines);
    }

    [Fact]
    public async Task A_head_has_the_length_and_no_body()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, rig.Url + PathOf(rig));
        using HttpResponseMessage response = await rig.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, Bytes), (response.StatusCode, response.Content.Headers.ContentLength));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/%2e%2e/%2e%2e/sim/stats")]
    [InlineData("/..%2f..%2fsim%2fstats")]
    [InlineData("/documents/..\\..\\x")]
    [InlineData("//etc/passwd")]
    public async Task No_path_leads_out_of_the_bots_folder(string path)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        using HttpResponseMessage response = await rig.Http.GetAsync(new Uri(
            $"{rig.Url}/file/bot{BotApiRig.Token}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task What_breaks_off_at_Telegram_breaks_off_here()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using BotApiRig rig = await BotApiRig.StartAsync(apiRoot: new Uri($"http://127.0.0.1:{port}"));
        Task cut = Task.Run(async () =>
        {
            using System.Net.Sockets.Socket socket = await listener.AcceptSocketAsync();
            await socket.ReceiveAsync(new byte[10_000]);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"u8.ToArray());
        });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => rig.Http.GetByteArrayAsync($"{rig.Url}/file/bot{BotApiRig.Token}/a/b.bin"));
        await cut;
    }

    private static string PathOf(BotApiRig rig)
    {
        FakeFile file = rig.Telegram.Files.AddGenerated("SimFile_download_of_a_test", Bytes);
        return $"/file/bot{BotApiRig.Token}/{file.Path}";
    }

    private static async Task<(HttpResponseMessage Response, byte[] Body)> GetAsync(BotApiRig rig, string url, RangeHeaderValue? range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Range = range;
        HttpResponseMessage response = await rig.Http.SendAsync(request);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }

    private static string Head(HttpResponseMessage response) => string.Join('\n', response.Headers.Concat(response.Content.Headers)
        .Where(header => header.Key is not ("Date" or "Connection"))
        .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal));
}
