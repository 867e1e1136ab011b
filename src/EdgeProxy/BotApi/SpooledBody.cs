using System.Buffers;
using System.Net;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.BotApi;

/// <summary>An upload that lies in a file. It can be sent as often as needed, until it is disposed.</summary>
internal sealed class SpooledBody : CallBody, IDisposable
{
    private readonly UploadSpool _spool;
    private readonly SafeFileHandle _file;
    private readonly string _contentType;
    private long _length;

    private SpooledBody(UploadSpool spool, SafeFileHandle file, string contentType) => (_spool, _file, _contentType) = (spool, file, contentType);

    public override CallEncoding Encoding => CallEncoding.Multipart;
    public override bool CanResend => true;

    /// <summary>An empty one; null when the disk does not take it.</summary>
    public static SpooledBody? TryCreate(UploadSpool spool, string contentType)
    {
        try
        {
            return new SpooledBody(spool, spool.Create(), contentType);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Adds bytes at the end. False when the spool has no room for them or the disk does not take them.</summary>
    public async ValueTask<bool> TryAppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!_spool.TryReserve(bytes.Length)) return false;
        long at = _length;
        _length += bytes.Length;
        try
        {
            await RandomAccess.WriteAsync(_file, bytes, at);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Where its chat_id stands; null when it has none.</summary>
    public ChatIdPlace? Chat { get; set; }

    public override HttpContent CreateContent() => Content(default, default);

    /// <summary>The same file with another chat in that place. It lives as long as this one.</summary>
    public override CallBody? WithChatId(long chatId) => Chat is { } place ? new Readdressed(this, place, chatId) : null;

    public void Dispose()
    {
        _file.Dispose();
        _spool.Release(_length);
        _length = 0;
    }

    private SpooledContent Content(ChatIdPlace place, byte[]? value) => new(_file, _length, place, value ?? [], _contentType);

    private sealed class Readdressed(SpooledBody body, ChatIdPlace place, long chatId) : CallBody
    {
        public override CallEncoding Encoding => body.Encoding;
        public override bool CanResend => true;

        public override HttpContent CreateContent() => body.Content(place, ChatIdPlace.Value(chatId));

        public override CallBody? WithChatId(long otherId) => body.WithChatId(otherId);
    }

    // The file up to the place, the value, the file behind the place.
    private sealed class SpooledContent : HttpContent
    {
        private readonly SafeFileHandle _file;
        private readonly long _length;
        private readonly ChatIdPlace _place;
        private readonly byte[] _value;

        public SpooledContent(SafeFileHandle file, long length, ChatIdPlace place, byte[] value, string contentType)
        {
            (_file, _length, _place, _value) = (file, length, place, value);
            Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await CopyAsync(stream, 0, _place.At, cancellationToken);
            await stream.WriteAsync(_value, cancellationToken);
            await CopyAsync(stream, _place.At + _place.Length, _length, cancellationToken);
        }

        private async Task CopyAsync(Stream stream, long from, long to, CancellationToken cancellationToken)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Limits.UploadCopyBytes);
            try
            {
                while (from < to)
                {
                    int wanted = (int)Math.Min(to - from, Limits.UploadCopyBytes);
                    int read = await RandomAccess.ReadAsync(_file, buffer.AsMemory(0, wanted), from, cancellationToken);
                    if (read == 0) throw new IOException("a spooled upload is shorter than it was");
                    await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    from += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length - _place.Length + _value.Length;
            return true;
        }
    }
}
