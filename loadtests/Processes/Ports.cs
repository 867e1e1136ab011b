using System.Net;
using System.Net.Sockets;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>Free ports on loopback.</summary>
internal static class Ports
{
    // Below Linux's ephemeral range: an outgoing connection must not take the port before a process listens on it, or while it restarts.
    private const int First = 20_000;
    private const int Last = 32_000;
    private const int Attempts = 100;

    public static int Free()
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int port = Random.Shared.Next(First, Last);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: draw again.
            }
        }

        throw new LoadException("no free port on loopback");
    }
}
