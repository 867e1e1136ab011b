using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.Tests.Telegram;

/// <summary>
/// A server made of a bare listener, which counts whole requests and then does what the test says, so that nothing between the socket and the count
/// can hide a repeated request. Reads Content-Length and chunked bodies.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{\"ok\":true,\"result\":true}";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, RawAction> _act;
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _requests;
    private int _accepted;

    /// <param name="act">What to do after the n-th whole request, counted from 1 over all connections.</param>
    public RawServer(Func<int, RawAction> act)
    {
        _act = act;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Root => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Whole requests read.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Connections accepted.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The end: stopped while it waited, or between two connections.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await using var stream = new NetworkStream(socket);
                while (await ReadRequestAsync(stream))
                {
                    RawAction action = _act(Interlocked.Increment(ref _requests));
                    if (action.Answer is not null) await stream.WriteAsync(Encoding.ASCII.GetBytes(action.Answer), _stop.Token);
                    if (action.End == RawEnd.Keep) continue;
                    if (action.End == RawEnd.Silence) await Task.Delay(Timeout.Infinite, _stop.Token);

                    // Closing with SO_LINGER 0 sends RST; without, and with all input read, FIN.
                    if (action.End == RawEnd.Reset) socket.LingerState = new LingerOption(true, 0);
                    return;
                }
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // The client went away, or the test ended.
            }
        }
    }

    // False when the client closed the connection, in a request or between two.
    private async Task<bool> ReadRequestAsync(NetworkStream stream)
    {
        string head = "";
        byte[] one = new byte[1];
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return false;
            head += (char)one[0];
        }

        string[] lines = head.Split("\r\n");
        string? length = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        if (length is not null) return await SkipAsync(stream, long.Parse(length.Split(':')[1], CultureInfo.InvariantCulture));
        if (!head.Contains("chunked", StringComparison.OrdinalIgnoreCase)) return true;
        while (true)
        {
            string line = "";
            while (!line.EndsWith("\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one, _stop.Token) == 0) return false;
                line += (char)one[0];
            }

            long size = long.Parse(line.TrimEnd(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (!await SkipAsync(stream, size + 2)) return false;
            if (size == 0) return true;
        }
    }

    private async Task<bool> SkipAsync(NetworkStream stream, long left)
    {
        byte[] buffer = new byte[64 * 1024];
        while (left > 0)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), _stop.Token);
            if (read == 0) return false;
            left -= read;
        }

        return true;
    }
}
