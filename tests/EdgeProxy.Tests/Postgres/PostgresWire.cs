using System.Net.Sockets;

namespace EdgeProxy.Tests.Postgres;

/// <summary>What lies between a client and the server: it can break after a commit has reached the server and before the client hears of it.</summary>
internal sealed class PostgresWire : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-wire");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _server;
    private int _refused;
    private volatile bool _cutsCommit;
    private volatile bool _isAway;

    /// <param name="folder">Of the server's socket.</param>
    public PostgresWire(string folder)
    {
        _server = folder;
        _listener.Bind(SocketOf(_folder.FullName));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Connections that were closed at once because the server is "away".</summary>
    public int Refused => Volatile.Read(ref _refused);

    public string Through(string connectionString) => connectionString.Replace(_server, _folder.FullName, StringComparison.Ordinal);

    /// <summary>The next commit is carried out, its answer is lost, and nobody gets through from then on.</summary>
    public void CutAfterNextCommit() => _cutsCommit = true;

    public void Mend() => _isAway = false;

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Delete(recursive: true);
    }

    private static UnixDomainSocketEndPoint SocketOf(string folder) => new(Path.Combine(folder, ".s.PGSQL.5432"));

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                if (_isAway)
                {
                    Interlocked.Increment(ref _refused);
                    client.Dispose();
                    continue;
                }

                var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await server.ConnectAsync(SocketOf(_server));
                _ = CarryAsync(client, server, isAnswer: false);
                _ = CarryAsync(server, client, isAnswer: true);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task CarryAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int read = 1; read > 0;)
            {
                read = await from.ReceiveAsync(buffer.AsMemory());

                // Its name is in the server's answer to it, too: "COMMIT" ends the transaction, what answers it is lost.
                bool isCut = isAnswer && _cutsCommit && buffer.AsSpan(0, read).IndexOf("COMMIT\0"u8) >= 0;
                if (isCut) (_isAway, _cutsCommit) = (true, false);
                if (_isAway) break;
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Either end closed it.
        }

        from.Dispose();
        to.Dispose();
    }
}
