using System.Net;
using System.Net.Sockets;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Load;

/// <summary>One keep-alive connection of <see cref="Blast"/>: at most one request is under way on it.</summary>
internal sealed unsafe class BlastWire : IDisposable
{
    private const int AnswerBytesMax = 16 * 1024;
    private const int SendBufferBytes = 256 * 1024;
    private readonly Socket _socket;
    private readonly byte[] _answer = new byte[AnswerBytesMax];
    private byte[] _rest = [];
    private int _restFrom;
    private int _filled;

    public BlastWire(IPEndPoint endPoint)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendBufferSize = SendBufferBytes };
        _socket.Connect(endPoint);
        Descriptor = (int)_socket.Handle;
    }

    public int Descriptor { get; }

    /// <summary>When the request under way was due, timestamp of Stopwatch.</summary>
    public long Intended { get; private set; }

    /// <summary>Status of the last whole answer.</summary>
    public int Status { get; private set; }

    /// <summary>Part of the request could not be sent yet: <see cref="Continue"/> when the socket takes bytes again.</summary>
    public bool HasRest => _restFrom < _rest.Length;

    public void Send(ReadOnlySpan<byte> request, long intended)
    {
        Intended = intended;
        _filled = 0;
        int sent = SendSome(request);
        if (sent == request.Length) return;
        _rest = request[sent..].ToArray();
        _restFrom = 0;
    }

    public void Continue() => _restFrom += SendSome(_rest.AsSpan(_restFrom));

    /// <summary>Reads what has come. True: the answer is whole. Throws <see cref="LoadException"/> when the connection is closed.</summary>
    public bool Receive()
    {
        while (true)
        {
            nint read;
            fixed (byte* bytes = _answer) read = Libc.Receive(Descriptor, bytes + _filled, _answer.Length - _filled, Libc.DontWait);
            if (read < 0)
            {
                int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
                if (error == Libc.InterruptedErrno) continue;
                return error == Libc.AgainErrno ? false : throw new LoadException($"recv failed with errno {error}");
            }

            if (read == 0) throw new LoadException("the server closed a connection of the load");
            _filled += (int)read;
            return IsWhole();
        }
    }

    public void Dispose() => _socket.Dispose();

    private int SendSome(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            nint sent;
            fixed (byte* first = bytes) sent = Libc.Send(Descriptor, first, bytes.Length, Libc.DontWait | Libc.NoSignal);
            if (sent >= 0) return (int)sent;
            int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            if (error == Libc.AgainErrno) return 0;
            if (error != Libc.InterruptedErrno) throw new LoadException($"send failed with errno {error}");
        }
    }

    private bool IsWhole()
    {
        ReadOnlySpan<byte> all = _answer.AsSpan(0, _filled);
        int head = all.IndexOf("\r\n\r\n"u8);
        if (head < 0 || all.Length < 12) return false;
        Status = ((all[9] - '0') * 100) + ((all[10] - '0') * 10) + all[11] - '0';
        ReadOnlySpan<byte> body = all[(head + 4)..];
        ReadOnlySpan<byte> headers = all[..head];
        int length = IndexOfLength(headers);
        if (length < 0) return Status == 204 || body.EndsWith("0\r\n\r\n"u8);
        int value = 0;
        for (int at = length; at < headers.Length && headers[at] is >= (byte)'0' and <= (byte)'9'; at++) value = (value * 10) + headers[at] - '0';
        return body.Length >= value;
    }

    /// <summary>Where the value of Content-Length begins; -1 when there is none. Servers write it in one of two ways.</summary>
    private static int IndexOfLength(ReadOnlySpan<byte> headers)
    {
        int at = headers.IndexOf("ontent-Length: "u8);
        if (at < 0) at = headers.IndexOf("ontent-length: "u8);
        return at < 0 ? -1 : at + "ontent-Length: ".Length;
    }
}
