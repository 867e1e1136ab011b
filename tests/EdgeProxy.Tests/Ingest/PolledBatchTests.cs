using System.Text;
using EdgeProxy.Ingest;

namespace EdgeProxy.Tests.Ingest;

public sealed class PolledBatchTests
{
    [Fact]
    public void Updates_keep_their_bytes()
    {
        const string first = "{ \"update_id\" : 1, \"message\":{\"text\":\"Привіт\\u0021\"}}";
        const string second = """{"update_id":2,"poll":{"options":[{"text":"да"}]}}""";
        byte[] body = Encoding.UTF8.GetBytes($$"""{"ok":true, "extra":{"result":[]}, "result":[ {{first}} ,{{second}}]}""");
        var ranges = new List<Range>();
        Assert.True(PolledBatch.TryRead(body, ranges));
        Assert.Equal([first, second], ranges.Select(range => Encoding.UTF8.GetString(body[range])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"ok\":true}")]
    [InlineData("{\"ok\":true,\"result\":true}")]
    [InlineData("{\"ok\":true,\"result\":[{\"update_id\":1}")]
    public void Anything_else_is_refused(string body) => Assert.False(PolledBatch.TryRead(Encoding.UTF8.GetBytes(body), []));
}
