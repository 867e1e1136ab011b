using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.Admin;

/// <summary>Where the MTProto process is and how it is started. Either a socket's path or a loopback URL with a secret.</summary>
internal sealed record MtprotoSettings
{
    /// <summary>Path of the Unix socket; null when <see cref="Url"/> is used.</summary>
    public string? SocketPath { get; init; }

    /// <summary>http://127.0.0.1:PORT of a process that somebody else started.</summary>
    public Uri? Url { get; init; }

    /// <summary>Bearer secret for <see cref="Url"/>; null on a socket.</summary>
    public string? Secret { get; init; }

    /// <summary>What to start; null when somebody else starts it.</summary>
    public SidecarCommand? Command { get; init; }

    /// <summary>Account of calls that name none; null when every call must.</summary>
    public string? DefaultAccount { get; init; }

    public EndPoint? Socket => SocketPath is null ? null : new UnixDomainSocketEndPoint(SocketPath);

    // Without the secret.
    public override string ToString() => $"mtproto at {SocketPath ?? Url?.ToString()}";
}
