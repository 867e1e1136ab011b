using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>Takes connections on 127.0.0.1 until it is disposed.</summary>
internal sealed class DcListener : IAsyncDisposable
{
    private readonly DataCentre _centre;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public DcListener(DataCentre centre, int port)
    {
        _centre = centre;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _socket.Listen(512);
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _loop = AcceptAsync();
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var connection = new Connection(_centre, await _socket.AcceptAsync(_stop.Token));
                _centre.Opened(connection);
                connections.RemoveAll(it => it.IsCompletedSuccessfully);
                connections.Add(Task.Run(() => connection.RunAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Disposed.
        }

        await Task.WhenAll(connections);
    }
}
