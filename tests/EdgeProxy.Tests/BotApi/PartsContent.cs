using System.Net;

namespace EdgeProxy.Tests.BotApi;

/// <summary>A body of a head, a stream of known length and a tail, none of it held.</summary>
internal sealed class PartsContent(byte[] head, Stream middle, byte[] tail) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(head);
        await middle.CopyToAsync(stream, 64 * 1024);
        await stream.WriteAsync(tail);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = head.Length + middle.Length + tail.Length;
        return true;
    }
}
