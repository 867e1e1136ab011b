using System.Net;

namespace EdgeProxy.Tests.BotApi;

/// <summary>A body without a length, flushed after every few bytes: chunks of any size.</summary>
internal sealed class PiecewiseContent(byte[] bytes) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(1 + (at % 7), bytes.Length - at);
            await stream.WriteAsync(bytes.AsMemory(at, length));
            await stream.FlushAsync();
            at += length;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
