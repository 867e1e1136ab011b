using System.Diagnostics;
using System.Net.Sockets;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>From the start of the process to the 200 of an update that is on disk, in a new data folder and in one that was used before.</summary>
internal static class ColdStartScenario
{
    private const int RetryUs = 500;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static Scenario Make() => new()
    {
        Name = "cold-start",
        Title = "From the start of the process to the first 200, and the memory of the idle process",
        Rounds = 15,
        QuickRounds = 5,
        Variants = [new Variant("new folder", round => MeasureAsync(round, used: false)), new Variant("used folder", round => MeasureAsync(round, used: true))],
        Budgets =
        [
            Budget.Max("new folder", "first 200", 50),
            Budget.Max("used folder", "first 200", 50),
            Budget.Max("new folder", "idle RSS", 30),
            Budget.Max("used folder", "idle RSS", 30),
        ],
    };

    private static async Task MeasureAsync(Round round, bool used)
    {
        ChildProcess proxy = await round.Arena.PrepareProxyAsync(Targets.TakingUpdates(1));
        UpdateTape tape = UpdateTape.Mix();
        if (used)
        {
            FirstAnswer(proxy, tape);
            if (!await proxy.StopAsync()) round.Note("the proxy did not stop on SIGTERM within 30 s and was killed");
        }

        round.Add("first 200", FirstAnswer(proxy, tape), "ms");
        await Task.Delay(Idle);
        round.Add("idle RSS", proxy.Use.RssBytes / 1e6, "MB");
    }

    /// <summary>Milliseconds. Tries to connect as fast as the process may come up.</summary>
    private static double FirstAnswer(ChildProcess proxy, UpdateTape tape)
    {
        long started = Stopwatch.GetTimestamp();
        proxy.Launch();
        while (Stopwatch.GetElapsedTime(started) < Bound)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Connect(proxy.EndPoint);
            }
            catch (SocketException)
            {
                Libc.Sleep(TimeSpan.FromMicroseconds(RetryUs));
                continue;
            }

            socket.Send(tape.Next());
            byte[] answer = new byte[1024];
            int read = socket.Receive(answer);
            double ms = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (read < 12 || !answer.AsSpan(9, 3).SequenceEqual("200"u8)) throw new LoadException("the first update was not taken\n" + proxy.Log);
            return ms;
        }

        throw new LoadException($"no answer within {Bound}\n{proxy.Log}");
    }
}
