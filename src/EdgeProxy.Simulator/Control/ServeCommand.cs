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
