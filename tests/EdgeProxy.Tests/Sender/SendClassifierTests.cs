using System.Text;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Sender;

public sealed class SendClassifierTests
{
    private static readonly BotToken Token = BotToken.TryParse("1:AAAAAAAAAAAAAAAAAAAA", out BotToken? token) ? token : throw new InvalidOperationException();

    [Theory]
    [InlineData(200, """{"ok":true,"result":{}}""", SendOutcome.Sent, 0)]
    [InlineData(200, """{"ok":false}""", SendOutcome.Unknown, 0)]
    [InlineData(200, "<html>fine</html>", SendOutcome.Unknown, 0)]
    [InlineData(204, "", SendOutcome.Unknown, 0)]
    [InlineData(429, """{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}""",
        SendOutcome.RetryAfter, 7)]
    [InlineData(429, """{"ok":false,"description":"Too Many Requests: retry after 9"}""", SendOutcome.RetryAfter, 9)]
    [InlineData(429, "slow down", SendOutcome.RetryAfter, Limits.FloodDefaultS)]
    [InlineData(400, """{"ok":false,"description":"Bad Request: group send failed: Too Many Requests: retry after 31"}""", SendOutcome.RetryAfter, 31)]
    [InlineData(400, """{"ok":false,"description":"Bad Request: TOO MANY REQUESTS: retry after 99999999999 s"}""", SendOutcome.RetryAfter, int.MaxValue)]
    [InlineData(400, """{"ok":false,"description":"Bad Request: Too Many Requests: retry after soon"}""", SendOutcome.Rejected, 0)]
    [InlineData(400, """{"ok":false,"description":"Bad Request: message text is empty"}""", SendOutcome.Rejected, 0)]
    [InlineData(400, """{"ok":false,"description":"x","parameters":{"migrate_to_chat_id":-1001234567890}}""", SendOutcome.Migrated, 0)]
    [InlineData(403, """{"ok":false,"description":"Forbidden: bot was blocked by the user"}""", SendOutcome.Blocked, 0)]
    [InlineData(403, "<html>a proxy's page</html>", SendOutcome.Rejected, 0)]
    [InlineData(401, """{"ok":false}""", SendOutcome.Rejected, 0)]
    [InlineData(404, "", SendOutcome.Rejected, 0)]
    [InlineData(302, "", SendOutcome.Rejected, 0)]
    [InlineData(500, """{"ok":false}""", SendOutcome.ServerError, 0)]
    [InlineData(502, "<html>Bad Gateway</html>", SendOutcome.ServerError, 0)]
    [InlineData(503, "", SendOutcome.ServerError, 0)]
    [InlineData(504, """{"ok":false}""", SendOutcome.Unknown, 0)]
    internal void An_answer_says_whether_to_send_again(int status, string body, SendOutcome outcome, int retryAfterS)
    {
        ApiReply reply = ApiReplyBody.Read(status, Encoding.UTF8.GetBytes(body), 0, Token);
        Assert.Equal((outcome, retryAfterS), (SendClassifier.Of(reply, out int seconds), seconds));
    }

    [Theory]
    [InlineData(true, SendOutcome.NotSent)]
    [InlineData(false, SendOutcome.Unknown)]
    internal void Without_an_answer_it_matters_whether_it_left(bool notSent, SendOutcome outcome) =>
        Assert.Equal(outcome, SendClassifier.Of(new ApiReply(0, [], false, 0, "whatever it says") { NotSent = notSent }, out _));

    [Fact]
    public void Pauses_double_up_to_a_cap()
    {
        Random random = new(1);
        for (int failures = 1; failures < 100; failures++)
        {
            long middle = Math.Min((long)Limits.SendBackoffFirstMs << Math.Min(failures - 1, 20), Limits.SendBackoffCapMs);
            Assert.InRange(SendBackoff.DelayMs(failures, random), middle * 3 / 4, middle * 5 / 4);
        }
    }

    [Theory]
    [InlineData("""{"ok":true,"result":{"message_id":1,"from":{"id":7,"username":"Bot"},"chat":{"id":-1005,"username":"SomeName"}}}""", -1005L, "@somename")]
    [InlineData("""{"ok":true,"result":[{"chat":{"id":-5}},{"chat":{"id":-6}}]}""", -5L, null)]
    [InlineData("""{"ok":true,"result":{"message_id":1}}""", 0L, null)]
    [InlineData("""{"ok":true,"result":true}""", 0L, null)]
    [InlineData("""{"ok":true,"result":[]}""", 0L, null)]
    [InlineData("""{"ok":true,"result":{"chat":5}}""", 0L, null)]
    [InlineData("[]", 0L, null)]
    [InlineData("", 0L, null)]
    public void The_chat_of_an_answer_is_found(string answer, long id, string? name)
    {
        Assert.Equal(id != 0, AnswerChat.TryRead(Encoding.UTF8.GetBytes(answer), out long found, out string? foundName));
        Assert.Equal((id, name), (found, foundName));
    }
}
