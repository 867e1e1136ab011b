using System.Net;
using EdgeProxy.Ingest;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Ingest;

public sealed class SourceCheckTests
{
    [Theory]
    [InlineData("149.154.160.1", null, true)]
    [InlineData("::ffff:91.108.7.255", null, true)]
    [InlineData("91.108.8.0", null, false)]
    [InlineData("10.1.2.3", null, false)]
    [InlineData("10.1.2.3", "149.154.167.220", true)]
    [InlineData("10.1.2.3", "149.154.167.220, 10.9.9.9", true)]
    [InlineData("10.1.2.3", "149.154.167.220, 203.0.113.7", false)]
    [InlineData("203.0.113.7", "149.154.167.220", false)]
    [InlineData("10.1.2.3", "garbage", false)]
    public void Only_Telegram_and_what_a_trusted_proxy_vouches_for(string remote, string? forwarded, bool admitted)
    {
        var check = new SourceCheck(telegramOnly: true, [IPNetwork.Parse("10.0.0.0/8")]);
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        if (forwarded is not null) context.Request.Headers["X-Forwarded-For"] = forwarded;
        Assert.Equal(admitted, check.Admits(context));
    }

    [Fact]
    public void Switched_off_it_admits_everyone() => Assert.True(new SourceCheck(false, []).Admits(new DefaultHttpContext()));
}
