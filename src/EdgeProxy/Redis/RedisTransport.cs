using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EdgeProxy.Redis;

/// <summary>Opens the byte stream: TCP, TLS over it, or a Unix socket.</summary>
internal static class RedisTransport
{
    /// <summary>Throws what sockets and TLS throw; OperationCanceledException when it took too long.</summary>
    public static async Task<Stream> OpenAsync(RedisEndpoint endpoint, RedisOptions options, CancellationToken cancel)
    {
        Socket socket = endpoint.UnixPath is null
            ? new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint target = endpoint.UnixPath is { } path ? new UnixDomainSocketEndPoint(path)
                : IPAddress.TryParse(endpoint.Host, out IPAddress? address) ? new IPEndPoint(address, endpoint.Port)
                : new DnsEndPoint(endpoint.Host, endpoint.Port);
            await socket.ConnectAsync(target, cancel).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return options.IsTls ? await SecureAsync(stream, endpoint, options, cancel).ConfigureAwait(false) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> SecureAsync(NetworkStream stream, RedisEndpoint endpoint, RedisOptions options, CancellationToken cancel)
    {
        var secure = new SslStream(stream, leaveInnerStreamOpen: false);
        var how = new SslClientAuthenticationOptions { TargetHost = endpoint.Host };
        if (options.CaFile is { } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            how.CertificateChainPolicy = policy;
        }

        await secure.AuthenticateAsClientAsync(how, cancel).ConfigureAwait(false);
        return secure;
    }
}
