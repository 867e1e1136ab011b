using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// Sees every part of a multipart body: for client tokens with a chat scope the chats that are named, for an Idempotency-Key what tells one call
/// from another. A call with a witness is read whole before it goes anywhere.
/// </summary>
internal sealed class PartWitness(ApiMethod method, bool testEnvironment) : IDisposable
{
    private readonly IdempotencyRequest _request = new(method, testEnvironment);
    private ClientTokenFields _fields;

    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _fields.Take(name, value);
        _request.AddField(name, value);
    }

    public void File(ReadOnlySpan<byte> name, ReadOnlySpan<byte> fileName, long bytes) => _request.AddFile(name, fileName, bytes);

    /// <summary>Every chat that a call names.</summary>
    public ClientTokenFields ChatsOf(OutgoingCall call) => call.Body.Encoding == CallEncoding.Multipart ? _fields : ClientTokenFields.Of(call.Body);

    /// <summary>What tells the call from another one with the same key.</summary>
    public IdempotencyHash HashOf(OutgoingCall call) => call.Body is BufferedBody body
        ? IdempotencyRequest.Of(method, testEnvironment, body.Encoding, body.Bytes.Span)
        : _request.Hash();

    public void Dispose() => _request.Dispose();
}
