using System.Collections.Concurrent;
using System.Globalization;
using EdgeProxy.Redis;

namespace EdgeProxy.Tests.Redis;

/// <summary>A server that dies, stands still, is full or hides behind TLS.</summary>
public sealed class RedisFaultTests
{
    private const int Workers = 16;

    [Fact]
    public async Task A_killed_and_restarted_server_costs_only_what_was_in_flight_and_mixes_up_nothing()
    {
        using var server = new RedisServer("--appendonly", "yes", "--appendfsync", "always");
        await using RedisClient client = RedisRig.Client(server.Url, change: options => RedisRig.With(options, commandMs: 60_000));
        var outcomes = new ConcurrentDictionary<RedisOutcome, int>();
        long ok = 0;
        bool isOver = false;
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (int round = 0; !Volatile.Read(ref isOver); round++)
            {
                (RedisOutcome outcome, string text) = await OnceLoadedAsync(() => RedisRig.AskAsync(client, "ECHO", $"{worker}:{round}"));
                outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
                Assert.True(outcome != RedisOutcome.Ok || text == $"{worker}:{round}", $"{text} is not {worker}:{round}");
                (outcome, _) = await OnceLoadedAsync(() => RedisRig.AskAsync(client, "INCR", "n"));
                outcomes.AddOrUpdate(outcome, 1, (_, seen) => seen + 1);
                if (outcome == RedisOutcome.Ok) Interlocked.Increment(ref ok);
                (outcome, text) = await OnceLoadedAsync(async () =>
                {
                    using RedisCommand again = client.Rent("SET"u8).Key("same"u8).Add(1);
                    again.IsIdempotent = true;
                    return (await client.SendAsync(again), RedisRig.Text(again));
                });
                Assert.Equal((RedisOutcome.Ok, "OK"), (outcome, text));
            }
        }))];
        const int Kills = 3;
        for (int kill = 0; kill < Kills; kill++)
        {
            long before = Volatile.Read(ref ok);
            await RedisRig.UntilAsync(() => Task.FromResult(Volatile.Read(ref ok) > before + 500), "work before the kill");
            server.Kill();
            server.Launch();
        }

        long atEnd = Volatile.Read(ref ok);
        await RedisRig.UntilAsync(() => Task.FromResult(Volatile.Read(ref ok) > atEnd + 500), "work after the restart");
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(workers);

        int unknown = outcomes.GetValueOrDefault(RedisOutcome.Unknown);
        Assert.True(unknown <= Kills * Workers, $"{unknown} unknown");
        Assert.Equal([RedisOutcome.Ok, RedisOutcome.Unknown], outcomes.Keys.Append(RedisOutcome.Unknown).Distinct().Order());
        long counted = long.Parse((await RedisRig.AskAsync(client, "GET", "n")).Text, CultureInfo.InvariantCulture);
        Assert.InRange(counted, ok, ok + unknown);
    }

    // A server that reads its file after a restart takes connections, does nothing of what it is asked, and says LOADING.
    private static async Task<(RedisOutcome Outcome, string Text)> OnceLoadedAsync(Func<Task<(RedisOutcome Outcome, string Text)>> ask)
    {
        while (true)
        {
            (RedisOutcome outcome, string text) = await ask();
            if (outcome != RedisOutcome.ServerError || !text.StartsWith("LOADING", StringComparison.Ordinal)) return (outcome, text);
            await Task.Delay(10);
        }
    }

    [Fact]
    public async Task A_server_that_stands_still_times_out_and_its_late_replies_meet_nobody()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url, change: options => RedisRig.With(options, commandMs: 3_000, hangMs: 60_000));
        Assert.Equal((RedisOutcome.Ok, "a"), await RedisRig.AskAsync(client, "ECHO", "a"));
        server.Stop();
        (RedisOutcome Outcome, string Text)[] during = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => RedisRig.AskAsync(client, "ECHO", $"late{n}")));
        Assert.All(during, one => Assert.Contains(one.Outcome, new[] { RedisOutcome.TimedOut, RedisOutcome.NotSent }));
        Assert.Contains(during, one => one.Outcome == RedisOutcome.TimedOut);
        Assert.All(during, one => Assert.Equal("", one.Text));
        server.Continue();

        // The same connection: its owed replies come first and are dropped.
        await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(client, "ECHO", "b")).Outcome == RedisOutcome.Ok, "answers again");
        for (int index = 0; index < 100; index++) Assert.Equal((RedisOutcome.Ok, $"c{index}"), await RedisRig.AskAsync(client, "ECHO", $"c{index}"));
        await RedisRig.UntilAsync(() => Task.FromResult(client.Pending == 0), "nothing is pending");
    }

    [Fact]
    public async Task A_connection_that_hangs_is_replaced()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url, change: options => RedisRig.With(options, commandMs: 200, hangMs: 200));
        await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(client, "ECHO", "a")).Outcome == RedisOutcome.Ok, "the first answer");
        server.Stop();
        await RedisRig.AskAsync(client, "ECHO", "x");
        await RedisRig.UntilAsync(() => Task.FromResult(client.Fault is not null), "the connection is given up");
        Assert.Equal(RedisOutcome.NotSent, (await RedisRig.AskAsync(client, "ECHO", "y")).Outcome);
        server.Continue();
        await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(client, "ECHO", "b")) == (RedisOutcome.Ok, "b"), "answers again");
        Assert.Null(client.Fault);
    }

    [Fact]
    public async Task Commands_and_bytes_that_wait_are_bounded()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(
            server.Url, change: options => RedisRig.With(options, commandMs: 20_000, hangMs: 60_000, pendingMax: 100, pendingBytesMax: 1 << 20));
        Assert.Equal(RedisOutcome.Ok, (await RedisRig.AskAsync(client, "ECHO", "a")).Outcome);
        server.Stop();
        Task<(RedisOutcome Outcome, string)>[] waiting = [.. Enumerable.Range(0, 100).Select(n => RedisRig.AskAsync(client, "ECHO", $"{n}"))];
        Assert.Equal(RedisOutcome.Full, (await RedisRig.AskAsync(client, "ECHO", "one too many")).Outcome);
        server.Continue();
        await Task.WhenAll(waiting);
        await RedisRig.UntilAsync(() => Task.FromResult(client.Pending == 0), "room again");
        Assert.Equal(RedisOutcome.Full, (await RedisRig.AskAsync(client, "ECHO", new string('x', 2 << 20))).Outcome);
        Assert.Equal(RedisOutcome.Ok, (await RedisRig.AskAsync(client, "ECHO", "fits")).Outcome);
        Assert.Equal(0, client.Pending);
    }

    [Fact]
    public async Task Without_a_server_commands_end_unsent_and_a_stop_ends_those_that_wait()
    {
        string url = $"redis://127.0.0.1:{RedisServer.FreePort()}";
        await using RedisClient client = RedisRig.Client(url, change: options => RedisRig.With(options, commandMs: 200));
        Assert.Equal(RedisOutcome.NotSent, (await RedisRig.AskAsync(client, "ECHO", "a")).Outcome);
        Assert.NotNull(client.Fault);

        RedisClient patient = RedisRig.Client(url);
        Task<(RedisOutcome Outcome, string)> waiting = RedisRig.AskAsync(patient, "ECHO", "a");
        await patient.DisposeAsync();
        Assert.Equal(RedisOutcome.NotSent, (await waiting).Outcome);
        Assert.Equal(RedisOutcome.NotSent, (await RedisRig.AskAsync(patient, "ECHO", "after")).Outcome);
    }

    [Fact]
    public async Task Tls_is_spoken_with_a_server_of_our_authority_only()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-redis-tls");
        try
        {
            string key = Path.Combine(folder.FullName, "key.pem");
            string certificate = Path.Combine(folder.FullName, "cert.pem");
            string? wrong = Tmpfs.Run(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1");
            Assert.Null(wrong);
            int port = RedisServer.FreePort();
            using var server = new RedisServer(
                "--tls-port", $"{port}", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no");
            await using RedisClient client = RedisRig.Client($"rediss://127.0.0.1:{port}?ca={certificate}");
            await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
            {
                string text = new((char)('a' + worker), 100_000);
                for (int round = 0; round < 50; round++) Assert.Equal((RedisOutcome.Ok, text), await RedisRig.AskAsync(client, "ECHO", text));
            })));

            await using RedisClient stranger = RedisRig.Client($"rediss://127.0.0.1:{port}", change: options => RedisRig.With(options, commandMs: 500));
            Assert.Equal(RedisOutcome.NotSent, (await RedisRig.AskAsync(stranger, "ECHO", "a")).Outcome);
            Assert.NotNull(stranger.Fault);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
