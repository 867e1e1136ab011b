using System.Collections.Frozen;
using System.Net.Http.Headers;

namespace EdgeProxy.Telegram;

/// <summary>The headers of an answer that are for the caller: all but those of the connection (RFC 9110 §7.6.1) and the length.</summary>
internal static class ReplyHeaders
{
    private static readonly FrozenSet<string> Dropped = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Content-Length",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>As they came, a header with several values once for each.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(HttpResponseMessage response)
    {
        HttpHeaderValueCollection<string> connection = response.Headers.Connection;
        var headers = new List<KeyValuePair<string, string>>();
        Add(headers, response.Headers, connection);
        Add(headers, response.Content.Headers, connection);
        return headers;
    }

    private static void Add(List<KeyValuePair<string, string>> headers, HttpHeaders from, HttpHeaderValueCollection<string> connection)
    {
        foreach ((string name, HeaderStringValues values) in from.NonValidated)
        {
            if (Dropped.Contains(name) || (connection.Count > 0 && connection.Contains(name))) continue;
            foreach (string value in values) headers.Add(new(name, value));
        }
    }
}
