using EdgeProxy.Bots;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// Executes a Bot API method that a consumer put into its reply. The result is discarded, as Telegram does.
/// A failure is logged and counted; the acknowledgement of the update stands.
/// </summary>
/// <param name="bot">Whose method.</param>
/// <param name="method">Letters only, as the consumer wrote it.</param>
/// <param name="json">The whole reply body, "method" included.</param>
/// <param name="ct">Cancelled after Limits.ReplyMethodMs and at stop.</param>
internal delegate ValueTask<ApiReply> ReplyMethod(Bot bot, string method, ReadOnlyMemory<byte> json, CancellationToken ct);
