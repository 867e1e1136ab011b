using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Simulator.Control;

/// <summary>The verb <c>serve</c>: a fake Telegram as a process of its own.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 9050;

    public static FakeTelegramOptions Parse(string[] args)
    {
        var options = new FakeTelegramOptions { Port = DefaultPort };
        var arguments = new Arguments(args);
        while (arguments.Next() is { } name)
        {
            switch (name)
            {
                case "--port":
                    options.Port = arguments.Number(name, 0, 65535);
                    break;
                case "--token":
                    string token = arguments.Text(name);
                    options.Tokens.Add(FakeBot.IsWellFormed(token) ? token : throw new UsageException("--token: not a bot token"));
                    break;
                case "--any-token":
                    options.AcceptAnyToken = true;
                    break;
                case "--no-limits":
                    options.EnforceLimits = false;
                    break;
                case "--paid-token":
                    string paying = arguments.Text(name);
                    options.PaidTokens.Add(FakeBot.IsWellFormed(paying) ? paying : throw new UsageException("--paid-token: not a bot token"));
                    break;
                case "--group-burst":
                    options.GroupBurst = arguments.Number(name, 0, 20);
                    break;
                case "--latency-ms":
                    options.LatencyMs = arguments.Number(name, 0, 60_000);
                    break;
                case "--chunked":
                    options.Chunked = true;
                    break;
                case "--keep-sends":
                    options.SendsKept = arguments.Number(name, 1, 10_000_000);
                    break;
                case "--keep-text-bytes":
                    options.SendTextBytesMax = arguments.Number(name, 0, 1 << 20);
                    break;
                case "--frozen-clock":
                    options.Clock = new FrozenClock(DateTimeOffset.FromUnixTimeSeconds(arguments.Number(name, 1, int.MaxValue)));
                    break;
                case "--retry-scale":
                    options.RetryScale = arguments.Fraction(name, 10);
                    break;
                case "--duplicates":
                    options.DuplicateProbability = arguments.Fraction(name, 1);
                    break;
                default:
                    throw new UsageException("unknown option " + name);
            }
        }

        return options;
    }

    public static async Task<int> RunAsync(FakeTelegramOptions options)
    {
        await using FakeTelegram telegram = await FakeTelegram.StartAsync(options);
        Console.WriteLine($"fake Telegram on {telegram.Url} (control: {telegram.Url}/sim/stats)");
        await telegram.WaitForShutdownAsync();
        return 0;
    }
}
