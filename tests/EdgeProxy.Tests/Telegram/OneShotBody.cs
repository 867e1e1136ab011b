using System.Net;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Telegram;

/// <summary>A body that is streamed once, in pieces, as an upload is.</summary>
/// <param name="pieces">How many pieces of 16 KiB.</param>
/// <param name="atPiece">Called before each; may wait or throw.</param>
internal sealed class OneShotBody(int pieces, Func<int, Task>? atPiece = null) : CallBody
{
    public override CallEncoding Encoding => CallEncoding.Multipart;
    public override bool CanResend => false;
    public override HttpContent CreateContent() => new Pieces(pieces, atPiece);
    public override CallBody? WithChatId(long chatId) => null;

    private sealed class Pieces(int pieces, Func<int, Task>? atPiece) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] piece = new byte[16 * 1024];
            for (int i = 0; i < pieces; i++)
            {
                if (atPiece is not null) await atPiece(i);
                await stream.WriteAsync(piece);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
