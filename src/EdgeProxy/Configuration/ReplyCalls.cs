using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>Sends the method call a consumer wrote into its reply, for Fanout, which may not know how messages leave.</summary>
internal sealed class ReplyCalls(LaneSender sender)
{
    private static readonly SendTerms Terms = new() { MaxWait = TimeSpan.FromMilliseconds(Limits.ReplyMethodMs) };

    /// <summary>The call of <paramref name="json"/>; Telegram skips its "method". The reply to a chat that wrote lately is interactive.</summary>
    public async ValueTask<ApiReply> CallAsync(Bot bot, string method, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        SendResult result = await sender.SendAsync(bot, CallScan.Json(ApiMethod.Of(method), json), Terms, cancellationToken);
        return result.Reply.Body is null
            ? new ApiReply(0, [], false, result.RetryAfterS, $"not sent: {result.Outcome}") { NotSent = true }
            : result.Reply;
    }
}
