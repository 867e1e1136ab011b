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

    public override HttpContent CreateContent() => new SpooledContent(_file, _length, _contentType);

    public override CallBody? WithChatId(long chatId) => null;

    public void Dispose()
    {
        _file.Dispose();
        _spool.Release(_length);
        _length = 0;
    }

    private sealed class SpooledContent : HttpContent
    {
        private readonly SafeFileHandle _file;
        private readonly long _length;

        public SpooledContent(SafeFileHandle file, long length, string contentType)
        {
            (_file, _length) = (file, length);
            Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Limits.UploadCopyBytes);
            try
            {
                for (long at = 0; at < _length;)
                {
                    int wanted = (int)Math.Min(_length - at, Limits.UploadCopyBytes);
                    int read = await RandomAccess.ReadAsync(_file, buffer.AsMemory(0, wanted), at, cancellationToken);
                    if (read == 0) throw new IOException("a spooled upload is shorter than it was");
                    await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    at += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return true;
        }
    }
}
