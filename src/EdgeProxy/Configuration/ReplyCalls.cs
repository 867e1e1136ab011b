using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>Sends the method call a consumer wrote into its reply, for Fanout, which may not know how messages leave.</summary>
internal sealed class ReplyCalls(BotApiClient client)
{
    public async ValueTask<ApiReply> CallAsync(Bot bot, string method, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        await client.CallAsync(bot.ApiRoot, bot.Token, method, json, TimeSpan.FromMilliseconds(Limits.ReplyMethodMs), cancellationToken);
}
