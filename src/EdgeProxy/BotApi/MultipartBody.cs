using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>A multipart body that is whole in memory, sent on byte for byte.</summary>
/// <param name="bytes">The body.</param>
/// <param name="contentType">The Content-Type header as it came, with its boundary.</param>
/// <param name="chat">Where its chat_id stands; null when it has none.</param>
internal sealed class MultipartBody(ReadOnlyMemory<byte> bytes, string contentType, ChatIdPlace? chat) : CallBody
{
    public override CallEncoding Encoding => CallEncoding.Multipart;
    public override bool CanResend => true;

    public override HttpContent CreateContent()
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return content;
    }

    public override CallBody? WithChatId(long chatId) => chat is not { } place
        ? null
        : new MultipartBody(place.Patch(bytes.Span, chatId), contentType, place with { Length = ChatIdPlace.Value(chatId).Length });
}
