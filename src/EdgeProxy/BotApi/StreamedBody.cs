using System.IO.Pipelines;
using System.Net;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// An upload that goes on to Telegram while it comes in: what was read to find its chat, then the rest of the request, byte for byte, no faster
/// than Telegram takes it. One attempt only.
/// </summary>
/// <param name="head">What was read already; the parameters of the query string before it.</param>
/// <param name="rest">The request's body behind that.</param>
/// <param name="length">Bytes of head and rest together; null when the caller did not say (chunked).</param>
/// <param name="contentType">The Content-Type header as it came.</param>
/// <param name="chat">Where in the head its chat_id stands; null when it has none.</param>
internal sealed class StreamedBody(ReadOnlyMemory<byte> head, PipeReader rest, long? length, string contentType, ChatIdPlace? chat) : CallBody
{
    private ReadOnlyMemory<byte> _head = head;
    private long? _length = length;
    private ChatIdPlace? _chat = chat;
    private bool _made;

    public override CallEncoding Encoding => CallEncoding.Multipart;
    public override bool CanResend => false;

    /// <summary>Every byte was handed to the connection. Until then Telegram cannot have taken the call.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Why the caller's body could not be read to its end; None when the caller is not to blame.</summary>
    public CallRefusal Failure { get; private set; }

    public override HttpContent CreateContent()
    {
        if (_made) throw new InvalidOperationException("a streamed upload is sent once");
        _made = true;
        return new StreamedContent(this, _length, contentType);
    }

    /// <summary>Itself, as long as nothing of it has been sent.</summary>
    public override CallBody? WithChatId(long chatId)
    {
        if (_made || _chat is not { } place) return null;
        byte[] patched = place.Patch(_head.Span, chatId);
        _length += patched.Length - _head.Length;
        _head = patched;
        _chat = place with { Length = ChatIdPlace.Value(chatId).Length };
        return this;
    }

    private async Task CopyToAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_head, cancellationToken);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await rest.ReadAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                Failure = CallReader.FailureOf(exception);
                throw new IOException("the caller's body ended early");
            }

            try
            {
                foreach (ReadOnlyMemory<byte> piece in read.Buffer) await stream.WriteAsync(piece, cancellationToken);
                BotApiMetrics.Up(read.Buffer.Length);
            }
            finally
            {
                // Whatever happens to the other side, Kestrel must be able to read the rest away and keep the connection for our answer.
                rest.AdvanceTo(read.Buffer.End);
            }

            if (read.IsCompleted) break;
        }

        IsWhole = true;
    }

    private sealed class StreamedContent : HttpContent
    {
        private readonly StreamedBody _body;
        private readonly long? _length;
        private bool _begun;

        public StreamedContent(StreamedBody body, long? length, string contentType)
        {
            (_body, _length) = (body, length);
            Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // The client may try a connection that had already ended a second time; the bytes are gone by then.
            if (_begun) throw new IOException("a streamed upload is sent once");
            _begun = true;
            return _body.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length ?? 0;
            return _length is not null;
        }
    }
}
