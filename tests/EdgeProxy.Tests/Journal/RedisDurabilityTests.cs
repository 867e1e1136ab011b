using EdgeProxy.Journal;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Journal;

/// <summary>What real servers say they may lose.</summary>
public sealed class RedisDurabilityTests
{
    [Fact]
    public async Task Each_weak_setting_is_named_and_a_strong_server_is_not()
    {
        using var server = new RedisServer("--appendonly", "yes", "--appendfsync", "always");
        await using RedisClient admin = RedisRig.Client(server.Url);
        Assert.Null(await AskAsync(server.Url));

        async Task SaysAsync(string setting, string value, string expected)
        {
            string before = (await ConfigAsync(admin, "GET", setting))!;
            await ConfigAsync(admin, "SET", setting, value);
            Assert.Contains(expected, await AskAsync(server.Url));
            await ConfigAsync(admin, "SET", setting, before);
            Assert.Null(await AskAsync(server.Url));
        }

        await SaysAsync("appendfsync", "everysec", "appendfsync is everysec");
        await SaysAsync("appendfsync", "no", "appendfsync is no");
        await SaysAsync("maxmemory-policy", "allkeys-lru", "throw updates away");
        await SaysAsync("maxmemory-policy", "volatile-ttl", "take them twice");

        // A server in the hands of others: CONFIG, then INFO too is forbidden.
        await RedisRig.AskAsync(admin, "ACL", "SETUSER", "edge", "on", ">pw", "~*", "&*", "+@all", "-config");
        string url = server.Url.Replace("redis://", "redis://edge:pw@");
        Assert.Contains("CONFIG is not permitted", await AskAsync(url));
        await RedisRig.AskAsync(admin, "ACL", "SETUSER", "edge", "-info");
        Assert.Contains("INFO is not permitted", await AskAsync(url));
        Assert.DoesNotContain("pw", await AskAsync(url));

        // A replica beside it, and itself as one.
        using var other = new RedisServer();
        await using RedisClient otherAdmin = RedisRig.Client(other.Url);
        Assert.Contains("appendonly is off", await AskAsync(other.Url));
        await RedisRig.AskAsync(otherAdmin, "REPLICAOF", "127.0.0.1", $"{server.Port}");
        await RedisRig.UntilAsync(async () => (await AskAsync(server.Url))?.Contains("min-replicas-to-write") is true, "the replica is seen");
        Assert.Contains("replica, which refuses", await AskAsync(other.Url));
        await ConfigAsync(admin, "SET", "min-replicas-to-write", "1");
        Assert.Null(await AskAsync(server.Url));
    }

    [Fact]
    public async Task A_server_that_is_away_is_no_doubt_about_what_it_keeps() =>
        Assert.Null(await AskAsync($"redis://127.0.0.1:{RedisServer.FreePort()}"));

    private static async Task<string?> AskAsync(string url)
    {
        Assert.True(RedisOptions.TryParse(url, out RedisOptions? options, out string? error), error);
        await using var durability = new RedisDurability(options!, TimeProvider.System, NullLoggerFactory.Instance);
        return await durability.AskAsync();
    }

    private static async Task<string?> ConfigAsync(RedisClient client, params string[] words)
    {
        using RedisCommand command = client.Rent("CONFIG"u8);
        foreach (string word in words) command.Add(System.Text.Encoding.ASCII.GetBytes(word));
        Assert.Equal(RedisOutcome.Ok, await client.SendAsync(command));
        return Second(command.Reply);
    }

    private static string? Second(RespReader reply) =>
        reply.TryReadAggregate(out _) && reply.TryReadText(out _) && reply.TryReadText(out ReadOnlySpan<byte> text)
            ? System.Text.Encoding.ASCII.GetString(text)
            : null;
}
