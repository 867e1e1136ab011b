using System.Net.Http.Headers;

namespace EdgeProxy.Telegram;

/// <summary>A call's parameters, whole in memory, sent on byte for byte.</summary>
/// <param name="encoding">How they are written.</param>
/// <param name="bytes">The parameters as they came.</param>
/// <param name="contentType">The Content-Type header they are sent with (of multipart with its boundary); null sends none.</param>
internal sealed class BufferedBody(CallEncoding encoding, ReadOnlyMemory<byte> bytes, string? contentType) : CallBody
{
    public override CallEncoding Encoding => encoding;
    public override bool CanResend => true;
    public ReadOnlyMemory<byte> Bytes => bytes;

    public override HttpContent CreateContent()
    {
        var content = new ReadOnlyMemoryContent(bytes);
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    public override CallBody? WithChatId(long chatId) => null;
}
