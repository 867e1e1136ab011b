using System.Net;
using Microsoft.AspNetCore.Connections;

namespace EdgeProxy.Configuration;

/// <summary>
/// Which listener serves which path. Without ApiListen everything is served on Listen. With it, EdgeProxy's own API (/v1, /send_message,
/// /openapi.json) is served there alone, all the rest on Listen alone, and /healthz and /readyz on both. Listeners are told apart by port.
/// </summary>
internal sealed class ApiListener(IReadOnlyList<Uri> apiListen)
{
    private readonly int[] _ports = [.. apiListen.Select(url => url.Port).Distinct()];

    /// <summary>Whether a request for <paramref name="path"/> that came in on <paramref name="localPort"/> is served; else it gets 404.</summary>
    public bool Serves(PathString path, int localPort)
    {
        if (_ports.Length == 0 || IsHealth(path)) return true;
        return IsApi(path) == _ports.Contains(localPort);
    }

    /// <summary>A middleware for the connections of all listeners but those of the API alone.</summary>
    public ConnectionDelegate Spare(ConnectionDelegate next, Func<ConnectionDelegate, ConnectionDelegate> middleware)
    {
        ConnectionDelegate first = middleware(next);
        return connection => connection.LocalEndPoint is IPEndPoint { Port: var port } && _ports.Contains(port) ? next(connection) : first(connection);
    }

    /// <summary>404 for what the listener does not serve.</summary>
    public RequestDelegate Guard(RequestDelegate next)
    {
        if (_ports.Length == 0) return next;
        return context =>
        {
            if (Serves(context.Request.Path, context.Connection.LocalPort)) return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
    }

    private static bool IsApi(PathString path) => Begins(path, "/v1") || Begins(path, "/send_message") || Begins(path, "/openapi.json");

    private static bool IsHealth(PathString path) => Begins(path, "/healthz") || Begins(path, "/readyz");

    // As routing does: case aside, by whole segments.
    private static bool Begins(PathString path, string start) => path.StartsWithSegments(start, StringComparison.OrdinalIgnoreCase);
}
