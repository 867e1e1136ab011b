using System.Diagnostics;
using EdgeProxy.Redis;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Redis;

/// <summary>What a command costs in steady state. Alone in the process while it runs, because it looks at what the whole process allocates.</summary>
[Collection(AloneInProcess.Name)]
public sealed class RedisAllocationTests(ITestOutputHelper output)
{
    private const int Warm = 20_000;
    private const int Measured = 50_000;
    private const int Callers = 16;

    /// <summary>
    /// Bytes a command of the whole process may cost on average: what the runtime itself does meanwhile (timers, tiering, thread pool) counts too,
    /// the smallest object a command could make has 24.
    /// </summary>
    private const double BytesPerCommandMax = 2;

    [Fact]
    public async Task A_command_allocates_nothing()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url);
        await TogetherAsync(client, Warm);
        double perCommand = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await TogetherAsync(client, Measured);
            perCommand = Math.Min(perCommand, (GC.GetTotalAllocatedBytes(precise: true) - before) / (2.0 * Measured));
        }

        output.WriteLine($"{perCommand:F3} bytes per command in the whole process");
        Assert.True(perCommand <= BytesPerCommandMax, $"{perCommand:F3} bytes per command");

        // The caller's side by itself: nothing at all.
        await Task.Run(() => Assert.Equal(0, Enumerable.Range(0, 3).Min(_ => CallersBytes(client))));
    }

    [Fact]
    public async Task How_fast_it_is()
    {
        using var server = new RedisServer();
        foreach (bool inline in (bool[])[false, true])
        {
            await using RedisClient client = RedisRig.Client(server.Url, change: options => RedisRig.With(options, inline: inline));
            foreach (int callers in (int[])[1, 64])
            {
                await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => RunAsync(client, Warm / Callers))));
                using var self = Process.GetCurrentProcess();
                TimeSpan cpu = self.TotalProcessorTime;
                TimeSpan serverCpu = server.Cpu();
                long start = Stopwatch.GetTimestamp();
                int each = (callers == 1 ? Measured / 10 : 2 * Measured) / callers;
                await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => RunAsync(client, each))));
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                self.Refresh();
                double commands = 2.0 * each * callers;
                double own = (self.TotalProcessorTime - cpu).TotalMicroseconds / commands;
                double servers = (server.Cpu() - serverCpu).TotalMicroseconds / commands;
                output.WriteLine(
                    $"inline {inline}, {callers} callers: {commands / seconds:F0} commands/s, {own:F1} µs CPU a command, server {servers:F1} µs");
            }

            Assert.Equal(0, client.Pending);
        }
    }

    private static Task TogetherAsync(RedisClient client, int rounds) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => RunAsync(client, rounds / Callers))));

    /// <summary>A SET and an INCR, round after round.</summary>
    private static async Task RunAsync(RedisClient client, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            using RedisCommand set = client.Rent("SET"u8).Key("a"u8).Add(round);
            if (await client.SendAsync(set) != RedisOutcome.Ok) throw new InvalidOperationException("SET");
            using RedisCommand count = client.Rent("INCR"u8).Key("n"u8);
            if (await client.SendAsync(count) != RedisOutcome.Ok || !IsInteger(count)) throw new InvalidOperationException("INCR");
        }
    }

    private static bool IsInteger(RedisCommand command) => command.Reply is var reply && reply.TryReadInteger(out _);

    /// <summary>Bytes this thread allocates for renting, filling, sending and reading; it waits for replies by looking.</summary>
    private static long CallersBytes(RedisClient client)
    {
        long before = 0;
        for (int round = 0; round < 2_000; round++)
        {
            if (round == 1_000) before = GC.GetAllocatedBytesForCurrentThread();
            RedisCommand command = client.Rent("INCR"u8).Key("n"u8);
            ValueTask<RedisOutcome> ended = client.SendAsync(command);
            var spin = new SpinWait();
            while (!ended.IsCompleted) spin.SpinOnce(sleep1Threshold: -1);
            if (ended.Result != RedisOutcome.Ok || !IsInteger(command)) throw new InvalidOperationException("INCR");
            command.Dispose();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
