using System.Net;
using System.Text;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Telegram;

public sealed class OpenFileTests : IAsyncLifetime
{
    private readonly BotApiClient _client = new();
    private readonly BotToken _token = BotToken.TryParse("123456:AAbbCC-secret_1", out BotToken? token) ? token : throw new InvalidOperationException();
    private string _seen = "";
    private WebApplication _server = null!;
    private Uri _root = null!;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(async context =>
        {
            _seen = $"{context.Request.Method} {context.Request.Path.Value} {context.Request.Headers.Range}";
            context.Response.StatusCode = context.Request.Headers.Range.Count > 0 ? 206 : 200;
            await context.Response.WriteAsync("first ");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync("last");
        });
        await _server.StartAsync();
        _root = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_file_streams_with_its_range()
    {
        using HttpResponseMessage? file = await _client.OpenFileAsync(_root, _token, "photos/Ж 1?.jpg", [new("Range", "bytes=0-9")], default);
        Assert.Equal(206, (int)file!.StatusCode);
        Assert.Equal("first last", await file.Content.ReadAsStringAsync());
        Assert.Equal("GET /file/bot123456:AAbbCC-secret_1/photos/Ж 1?.jpg bytes=0-9", _seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../getMe")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("a\\..\\b")]
    [InlineData("./a")]
    public async Task A_path_stays_in_the_bots_folder(string path)
    {
        Assert.Null(await _client.OpenFileAsync(_root, _token, path, null, default));
        Assert.Equal("", _seen);
    }

    [Fact]
    public async Task Nobody_there_and_a_caller_who_went_are_no_file()
    {
        Assert.Null(await _client.OpenFileAsync(new Uri("http://127.0.0.1:1"), _token, "a", null, default));
        Assert.Null(await _client.OpenFileAsync(_root, _token, "a", null, new CancellationToken(true)));
    }
}
