using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>Sends the method call a consumer wrote into its reply, for Fanout, which may not know how messages leave.</summary>
internal sealed class ReplyCalls
{
    private static readonly SendTerms Terms = new() { MaxWait = TimeSpan.FromMilliseconds(Limits.ReplyMethodMs) };
    private readonly Func<Bot, OutgoingCall, CancellationToken, ValueTask<ApiReply>> _send;

    /// <summary>Through the lanes: the reply to a chat that wrote lately is interactive.</summary>
    public ReplyCalls(LaneSender sender) => _send = async (bot, call, cancellationToken) =>
    {
        SendResult result = await sender.SendAsync(bot, call, Terms, cancellationToken);
        return result.Reply.Body is null
            ? new ApiReply(0, [], false, result.RetryAfterS, $"not sent: {result.Outcome}") { NotSent = true }
            : result.Reply;
    };

    /// <summary>Past the lanes.</summary>
    public ReplyCalls(BotApiClient client) => _send = async (bot, call, cancellationToken) =>
        await client.SendAsync(bot.ApiRoot, bot.Token, call, Terms.MaxWait, cancellationToken);

    /// <summary>The call of <paramref name="json"/>; Telegram skips its "method".</summary>
    public ValueTask<ApiReply> CallAsync(Bot bot, string method, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        _send(bot, CallScan.Json(ApiMethod.Of(method), json), cancellationToken);
}
