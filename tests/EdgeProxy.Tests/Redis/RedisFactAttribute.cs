namespace EdgeProxy.Tests.Redis;

/// <summary>A test with a real server. Skipped, and shown as skipped, only where redis-server is not installed (tests/run.sh installs it).</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute()
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server")));
        if (!isThere) Skip = "redis-server is not installed";
    }
}
