using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.LoadTests.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection that sends finished bytes and reads just enough of the answer: a full client costs the generator several times
/// as much CPU, which the measured process would miss.
/// </summary>
internal sealed class HttpWire(IPEndPoint endPoint) : IDisposable
{
    private const int ErrorCharsMax = 300;
    private byte[] _buffer = new byte[16 * 1024];
    private int _filled;
    private Socket? _socket;

    /// <summary>A whole request.</summary>
    public static byte[] Request(string method, string path, string headers, ReadOnlySpan<byte> body)
    {
        string head = string.Create(CultureInfo.InvariantCulture,
            $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n{headers}\r\n");
        byte[] request = new byte[head.Length + body.Length];
        Encoding.ASCII.GetBytes(head, request);
        body.CopyTo(request.AsSpan(head.Length));
        return request;
    }

    /// <summary>Status, and the body's beginning when the status is not 2xx. Status 0: the connection broke; the next call opens another.</summary>
    public async ValueTask<(int Status, string Error)> SendAsync(ReadOnlyMemory<byte> request)
    {
        try
        {
            if (_socket is null)
            {
                _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await _socket.ConnectAsync(endPoint);
            }

            for (ReadOnlyMemory<byte> rest = request; rest.Length > 0;) rest = rest[await _socket.SendAsync(rest, SocketFlags.None)..];
            return await ReadAsync();
        }
        catch (SocketException exception)
        {
            Close();
            return (0, exception.Message);
        }
        catch (IOException exception)
        {
            Close();
            return (0, exception.Message);
        }
    }

    public void Dispose() => Close();

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
        _filled = 0;
    }

    private async ValueTask<(int Status, string Error)> ReadAsync()
    {
        _filled = 0;
        int head;
        while ((head = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0) await FillAsync();
        head += 4;
        (int status, long length) = ReadHead(_buffer.AsSpan(0, head));
        if (length >= 0)
        {
            while (_filled < head + length) await FillAsync();
        }
        else
        {
            while (!ChunksEnd(_buffer.AsSpan(head, _filled - head))) await FillAsync();
        }

        string error = status is >= 200 and < 300 ? "" : Encoding.UTF8.GetString(_buffer.AsSpan(head, Math.Min(ErrorCharsMax, _filled - head)));
        return (status, error);
    }

    private async ValueTask FillAsync()
    {
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        int read = await _socket!.ReceiveAsync(_buffer.AsMemory(_filled), SocketFlags.None);
        if (read == 0) throw new IOException("the server closed the connection");
        _filled += read;
    }

    /// <summary>The status, and the body's length; -1 for chunks.</summary>
    private static (int Status, long Length) ReadHead(ReadOnlySpan<byte> head)
    {
        int status = int.Parse(head.Slice(9, 3), CultureInfo.InvariantCulture);
        long length = status is 204 or 304 ? 0 : -1;
        foreach (Range range in head.Split("\r\n"u8))
        {
            ReadOnlySpan<byte> line = head[range];
            if (line.Length > 15 && Ascii.EqualsIgnoreCase(line[..15], "content-length:"u8))
            {
                length = long.Parse(Encoding.ASCII.GetString(line[15..]), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
        }

        return (status, length);
    }

    /// <summary>Whether the last chunk (RFC 9112 §7.1, without trailers) has come.</summary>
    private static bool ChunksEnd(ReadOnlySpan<byte> body)
    {
        while (body.IndexOf("\r\n"u8) is > 0 and var line)
        {
            int size = int.Parse(body[..line], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            int next = line + 2 + size + 2;
            if (body.Length < next) return false;
            if (size == 0) return true;
            body = body[next..];
        }

        return false;
    }
}
