using System.Globalization;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// How to reach a server. Text form: <c>redis://[user:password@]host[:port][,host:port…][/db][?cluster=true&amp;name=…&amp;ca=/file.pem]</c>,
/// <c>rediss://…</c> for TLS, <c>unix:///path[?db=1&amp;…]</c>; user, password and path may be percent-encoded. Several hosts are seeds of a cluster.
/// ToString never shows user or password.
/// </summary>
internal sealed record RedisOptions
{
    private const int DefaultPort = 6379;
    private const int DatabaseMax = 65_535;

    /// <summary>sun_path of Linux without its final zero.</summary>
    private const int UnixPathBytesMax = 107;

    public required IReadOnlyList<RedisEndpoint> Endpoints { get; init; }

    public bool IsTls { get; init; }

    public bool IsCluster { get; init; }

    /// <summary>ACL user; empty for the default user.</summary>
    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    public int Database { get; init; }

    /// <summary>Shown by CLIENT LIST.</summary>
    public string ClientName { get; init; } = "edgeproxy";

    /// <summary>PEM file with the only authorities that a server's certificate may come from; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Time of a command that asks for no other, milliseconds.</summary>
    public int CommandMs { get; init; } = Limits.RedisCommandMs;

    public int ConnectMs { get; init; } = Limits.RedisConnectMs;

    /// <summary>See Limits.RedisHangMs, milliseconds.</summary>
    public int HangMs { get; init; } = Limits.RedisHangMs;

    public int PendingMax { get; init; } = Limits.RedisPendingMax;

    public long PendingBytesMax { get; init; } = Limits.RedisPendingBytesMax;

    /// <summary>
    /// Callers go on on the thread that reads replies: one thread hop less for each command, but they must never block it.
    /// </summary>
    public bool InlineContinuations { get; init; }

    public override string ToString() =>
        $"{(IsTls ? "rediss" : Endpoints[0].UnixPath is null ? "redis" : "unix")}://{string.Join(',', Endpoints)}/{Database}"
        + (IsCluster ? "?cluster=true" : "");

    /// <summary>Reads the text form strictly. The error names the part that is wrong and never holds a secret.</summary>
    public static bool TryParse(string? text, out RedisOptions? options, out string? error)
    {
        options = null;
        error = null;
        try
        {
            options = Parse(text ?? "");
            return true;
        }
        catch (FormatException wrong)
        {
            error = wrong.Message;
            return false;
        }
    }

    private static RedisOptions Parse(string text)
    {
        int schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = schemeEnd < 0 ? "" : text[..schemeEnd];
        if (scheme is not ("redis" or "rediss" or "unix")) throw new FormatException("must begin with redis://, rediss:// or unix://");
        string rest = text[(schemeEnd + 3)..];
        if (rest.Contains('#')) throw new FormatException("has a '#': write it as %23");
        (string beforeQuery, string query) = Cut(rest, '?');
        var settings = ReadQuery(query, scheme);
        if (scheme == "unix") return OfPath(beforeQuery, settings);

        int at = beforeQuery.LastIndexOf('@');
        string login = at < 0 ? "" : beforeQuery[..at];
        (string hosts, string database) = Cut(beforeQuery[(at + 1)..], '/');
        if (at >= 0 && login.Contains('/')) throw new FormatException("has a '/' in user or password: write it as %2F");
        (string user, string password) = ReadLogin(login, at >= 0);
        var endpoints = new List<RedisEndpoint>();
        foreach (string host in hosts.Split(',')) endpoints.Add(ReadEndpoint(host));
        if (endpoints.Count > Limits.RedisNodesMax) throw new FormatException($"names more than {Limits.RedisNodesMax} hosts");
        bool isCluster = settings.Cluster ?? endpoints.Count > 1;
        if (!isCluster && endpoints.Count > 1) throw new FormatException("names several hosts, which only a cluster may have");
        int number = database.Length == 0 ? 0 : ReadDatabase(database);
        if (isCluster && number != 0) throw new FormatException("names a database: a cluster has only 0");
        if (settings.CaFile is not null && scheme != "rediss") throw new FormatException("has 'ca', which only rediss:// takes");
        return new()
        {
            Endpoints = endpoints,
            IsTls = scheme == "rediss",
            IsCluster = isCluster,
            User = user,
            Password = password,
            Database = number,
            ClientName = settings.Name ?? "edgeproxy",
            CaFile = settings.CaFile,
        };
    }

    private static RedisOptions OfPath(string text, (bool? Cluster, string? Name, string? CaFile, string? Database) settings)
    {
        // The path begins with its slash, so a login can only stand before it.
        int slash = text.IndexOf('/');
        if (slash < 0) throw new FormatException("has no absolute path behind unix://");
        int at = text.AsSpan(0, slash).LastIndexOf('@');
        if (slash > 0 && at != slash - 1) throw new FormatException("needs three slashes: unix:///path");
        (string user, string password) = ReadLogin(at < 0 ? "" : text[..at], at >= 0);
        string path = Decode(text[slash..], "path");
        if (path.Length < 2) throw new FormatException("has no path behind unix://");
        bool isTooLong = System.Text.Encoding.UTF8.GetByteCount(path) > UnixPathBytesMax;
        if (isTooLong || path.Contains('\0')) throw new FormatException($"has a path that is no file name or longer than {UnixPathBytesMax} bytes");
        if (settings.CaFile is not null || settings.Cluster is true) throw new FormatException("has 'ca' or 'cluster', which a Unix socket does not take");
        return new()
        {
            Endpoints = [new("", 0, path)],
            User = user,
            Password = password,
            Database = settings.Database is null ? 0 : ReadDatabase(settings.Database),
            ClientName = settings.Name ?? "edgeproxy",
        };
    }

    private static (bool? Cluster, string? Name, string? CaFile, string? Database) ReadQuery(string query, string scheme)
    {
        (bool? Cluster, string? Name, string? CaFile, string? Database) found = default;
        if (query.Length == 0) return found;
        foreach (string pair in query.Split('&'))
        {
            (string key, string value) = Cut(pair, '=');
            switch (key)
            {
                case "cluster" when value is "true" or "false" && found.Cluster is null:
                    found.Cluster = value == "true";
                    break;
                case "name" when found.Name is null:
                    found.Name = Decode(value, "name");
                    // CLIENT SETNAME takes printable characters without spaces.
                    foreach (char character in found.Name)
                    {
                        if (character is < '!' or > '~') throw new FormatException("has a 'name' with a space or a character that is not ASCII");
                    }

                    break;
                case "ca" when value.Length > 0 && found.CaFile is null:
                    found.CaFile = Decode(value, "ca");
                    break;
                case "db" when scheme == "unix" && found.Database is null:
                    found.Database = value;
                    break;
                default:
                    throw new FormatException("has a setting behind '?' that is unknown, repeated or not valid (cluster=true|false, name, ca; db for unix)");
            }
        }

        return found;
    }

    private static (string User, string Password) ReadLogin(string login, bool isGiven)
    {
        if (!isGiven) return ("", "");
        int colon = login.IndexOf(':');
        if (colon < 0) throw new FormatException("has a user without a password: write user:password@ or :password@");
        string password = Decode(login[(colon + 1)..], "password");
        if (password.Length == 0) throw new FormatException("has an empty password");
        return (Decode(login[..colon], "user"), password);
    }

    private static RedisEndpoint ReadEndpoint(string text)
    {
        string host = text;
        string port = "";
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']');
            if (end < 0 || !System.Net.IPAddress.TryParse(text.AsSpan(1, end - 1), out _)) throw new FormatException("has a wrong IPv6 address");
            host = text[1..end];
            if (end + 1 < text.Length && text[end + 1] != ':') throw new FormatException("has something other than a port behind ']'");
            port = end + 1 < text.Length ? text[(end + 2)..] : "";
            if (end + 1 < text.Length && port.Length == 0) throw new FormatException("has no port behind ':'");
        }
        else if (text.IndexOf(':') is var colon and >= 0)
        {
            (host, port) = (text[..colon], text[(colon + 1)..]);
            if (port.Length == 0) throw new FormatException("has no port behind ':'");
        }

        if (host.Length == 0 || Uri.CheckHostName(host) == UriHostNameType.Unknown) throw new FormatException("has no valid host name");
        if (port.Length == 0) return new(host, DefaultPort);
        bool isNumber = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65_535;
        return isNumber ? new(host, number) : throw new FormatException("has a port that is not between 1 and 65535");
    }

    private static int ReadDatabase(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= DatabaseMax
            ? number
            : throw new FormatException("has a database that is not a number");

    private static string Decode(string text, string what)
    {
        string decoded = Uri.UnescapeDataString(text);
        return decoded.Length <= Limits.RedisWordCharsMax ? decoded : throw new FormatException($"has a {what} longer than {Limits.RedisWordCharsMax}");
    }

    private static (string Before, string After) Cut(string text, char at)
    {
        int index = text.IndexOf(at);
        return index < 0 ? (text, "") : (text[..index], text[(index + 1)..]);
    }
}
