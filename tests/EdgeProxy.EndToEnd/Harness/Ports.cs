using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.EndToEnd.Harness;

internal static class Ports
{
    // Below Linux's ephemeral range: a client connection must not take the port while a proxy is being restarted on it.
    private const int First = 20000;
    private const int Last = 32000;

    public static int Free()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
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

        throw new InvalidOperationException("no free port on loopback");
    }
}
