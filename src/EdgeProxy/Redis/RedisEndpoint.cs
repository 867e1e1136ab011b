namespace EdgeProxy.Redis;

/// <summary>Where a server listens: host and port, or the path of a Unix socket (then Host is empty).</summary>
internal sealed record RedisEndpoint(string Host, int Port, string? UnixPath = null)
{
    public override string ToString() => UnixPath ?? (Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}");
}
