using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>Calls the Bot API. Never throws for what the network or Telegram does; never lets a token into a message.</summary>
internal sealed class BotApiClient : IDisposable
{
    /// <summary>POSTs <paramref name="json"/> (a JSON object, may be empty) to /bot&lt;token&gt;/&lt;method&gt; and waits at most <paramref name="timeout"/>.</summary>
    public Task<ApiReply> CallAsync(Uri apiRoot, BotToken token, string method, ReadOnlyMemory<byte> json, TimeSpan timeout, CancellationToken cancellationToken) =>
        Task.FromResult(new ApiReply(0, [], false, 0, "not built yet"));

    public void Dispose()
    {
    }
}
