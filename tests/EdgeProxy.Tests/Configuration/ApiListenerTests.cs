using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration;

public sealed class ApiListenerTests
{
    [Theory]
    [InlineData("/v1/messages", true, false)]
    [InlineData("/V1/messages", true, false)]
    [InlineData("/v1", true, false)]
    [InlineData("/send_message/", true, false)]
    [InlineData("/openapi.json", true, false)]
    [InlineData("/v12", false, true)]
    [InlineData("/bot123456:AA/sendMessage", false, true)]
    [InlineData("/telegram/webhook/support", false, true)]
    [InlineData("/metrics", false, true)]
    [InlineData("/healthz", true, true)]
    [InlineData("/readyz", true, true)]
    public void Its_own_port_serves_the_API_and_nothing_else(string path, bool onApi, bool onListen)
    {
        var listener = new ApiListener([new Uri("http://127.0.0.1:9001"), new Uri("http://127.0.0.1:9002")]);
        Assert.Equal(onApi, listener.Serves(path, 9001));
        Assert.Equal(onApi, listener.Serves(path, 9002));
        Assert.Equal(onListen, listener.Serves(path, 8080));
        Assert.True(new ApiListener([]).Serves(path, 8080));
    }
}
