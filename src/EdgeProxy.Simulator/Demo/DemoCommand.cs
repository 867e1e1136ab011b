using System.Diagnostics;
using EdgeProxy.Simulator.Delivery;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Simulator.Demo;

/// <summary>
/// The verb <c>demo</c>: fake Telegram → proxy → echo bot, with duplicates, and the bot killed and brought back in the middle.
/// Exit 0 only when updates arrived and none was lost, doubled, out of order or altered.
/// </summary>
internal sealed class DemoCommand(DemoOptions options)
{
    private const string Token = "123456789:AAEdgeProxyDemoTokenForSimulator000";
    private const string WebhookSecret = "demo-webhook-secret";
    private const string ConsumerSecret = "demo-consumer-secret";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly DemoLedger _ledger = new();
    private readonly Stopwatch _watch = new();
    private TimeSpan _saidAt;
    private int _producedSoFar;

    public async Task<int> RunAsync()
    {
        string program = ProxyProcess.Find(options.ProxyPath);
        if (!File.Exists(program))
        {
            Console.Error.WriteLine("no proxy at " + program + "; build src/EdgeProxy or give --proxy PATH");
            return 2;
        }

        using var interrupt = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            interrupt.Cancel();
        };

        // 1. Telegram, the bot, the proxy between them.
        await using FakeTelegram telegram = await FakeTelegram.StartAsync(new FakeTelegramOptions
        {
            Seed = options.Seed,
            DuplicateProbability = options.Duplicates,
        });
        FakeBot bot = telegram.AddBot(Token);
        await using var consumer = new EchoBot(_ledger, ConsumerSecret);
        await consumer.StartAsync();
        await using var proxy = new ProxyProcess();
        proxy.Start(program, Settings(telegram.Url, proxy, consumer.Url));
        try
        {
            if (!await IsReadyAsync(proxy, bot, interrupt.Token))
            {
                return Fail(proxy, bot.Updates.Webhook is null ? "the proxy did not set its webhook" : "the proxy did not become ready");
            }

            // 2. Traffic, with the bot gone for a while, then the rest of it.
            await SendAsync(telegram, bot, consumer, proxy, interrupt.Token);
            await DrainAsync(telegram, proxy, interrupt.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("\ninterrupted");
            return 130;
        }

        // 3. The end: stop the proxy first, so that nothing is counted after the table.
        await proxy.StopAsync();
        return Report(telegram, consumer, proxy);
    }

    private static object Settings(string telegramUrl, ProxyProcess proxy, string consumerUrl) => new
    {
        Listen = proxy.Url,
        DataDir = proxy.DataFolder,
        Bots = new[]
        {
            new
            {
                Name = "demo",
                Token,
                ApiRoot = telegramUrl,
                WebhookSecret,
                WebhookUrl = proxy.Url + "/telegram/webhook/demo",
                Mode = "webhook",
                SetWebhook = true,
                MaxConnections = 40,
                Subscriptions = new[]
                {
                    new { Name = "main", Url = consumerUrl, Secret = ConsumerSecret, MaxInFlight = 40, TimeoutMs = 60_000 },
                },
            },
        },
    };

    private static async Task<bool> IsReadyAsync(ProxyProcess proxy, FakeBot bot, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < StartPatience && !proxy.HasExited)
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(proxy.Url + "/readyz", ct);
                if (answer.IsSuccessStatusCode && bot.Updates.Webhook is not null)
                {
                    return true;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            catch (TaskCanceledException) when (!ct.IsCancellationRequested)
            {
                // Slow start.
            }

            await Task.Delay(100, ct);
        }

        return false;
    }

    private async Task SendAsync(FakeTelegram telegram, FakeBot bot, EchoBot consumer, ProxyProcess proxy, CancellationToken ct)
    {
        TimeSpan end = TimeSpan.FromSeconds(options.Seconds);
        TimeSpan killAt = end * 0.4;
        TimeSpan backAt = killAt + TimeSpan.FromSeconds(Math.Clamp(options.Seconds * 0.15, 0.5, 5));
        bool killed = false;
        bool back = false;
        _watch.Start();
        while (_watch.Elapsed < end && !proxy.HasExited)
        {
            Produce(bot, (int)(Math.Min(_watch.Elapsed.TotalSeconds, end.TotalSeconds) * options.Rate));
            if (!killed && _watch.Elapsed >= killAt)
            {
                killed = true;
                await consumer.KillAsync();
            }

            if (!back && _watch.Elapsed >= backAt)
            {
                back = true;
                await consumer.StartAsync();
            }

            Say(telegram, killed && !back ? "bot is down" : "sending");
            await Task.Delay(Tick, ct);
        }

        Produce(bot, options.Seconds * options.Rate);
        if (!back)
        {
            await consumer.KillAsync();
            await consumer.StartAsync();
        }
    }

    /// <summary>Sends up to the <paramref name="target"/>-th update. Those that allowed_updates filters out were never sent.</summary>
    private void Produce(FakeBot bot, int target)
    {
        for (; _producedSoFar < target; _producedSoFar++)
        {
            (SimUpdate update, EnqueueOutcome outcome) = bot.Produce(factory =>
            {
                SimUpdate made = factory.NextOfMix(options.Chats);
                _ledger.Announce(made);
                return made;
            });
            if (outcome != EnqueueOutcome.Queued)
            {
                _ledger.Withdraw(update.UpdateId);
            }
        }
    }

    /// <summary>Waits until everything has arrived, and a moment longer for what should not.</summary>
    private async Task DrainAsync(FakeTelegram telegram, ProxyProcess proxy, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        while (_ledger.Missing > 0 && watch.Elapsed < DrainPatience && !proxy.HasExited)
        {
            Say(telegram, "draining");
            await Task.Delay(Tick, ct);
        }

        await Task.Delay(1000, ct);
    }

    private void Say(FakeTelegram telegram, string phase)
    {
        if (_watch.Elapsed - _saidAt < TimeSpan.FromMilliseconds(Console.IsOutputRedirected ? 2000 : 200))
        {
            return;
        }

        _saidAt = _watch.Elapsed;
        string line = $"{_watch.Elapsed.TotalSeconds,5:0.0} s  {phase,-11}  sent {_ledger.Sent}"
            + $"  accepted {telegram.Stats.WebhookAcceptedCount}  delivered {_ledger.Delivered}"
            + $"  doubled {_ledger.Doubled}  out of order {_ledger.OutOfOrder}";
        Console.Write(Console.IsOutputRedirected ? line + Environment.NewLine : "\r" + line.PadRight(110));
    }

    private int Report(FakeTelegram telegram, EchoBot consumer, ProxyProcess proxy)
    {
        int lost = _ledger.Missing;
        Console.WriteLine();
        Row("sent", _ledger.Sent);
        Row("accepted (2xx)", telegram.Stats.WebhookAcceptedCount);
        Row("duplicates injected", telegram.Stats.DuplicatesInjected);
        Row("delivered", _ledger.Delivered);
        Row("cut off by the kill", consumer.AttemptsCut);
        Row("echoes received", telegram.Sends.Count);
        Row("lost", lost);
        Row("doubled", _ledger.Doubled);
        Row("out of order", _ledger.OutOfOrder);
        if (_ledger.Altered > 0 || consumer.Strangers > 0)
        {
            Row("altered or unknown", _ledger.Altered);
            Row("wrong secret", consumer.Strangers);
        }

        bool good = lost == 0 && _ledger.Doubled == 0 && _ledger.OutOfOrder == 0 && _ledger.Altered == 0 && consumer.Strangers == 0
            && _ledger.Delivered > 0;
        if (!good || proxy.ExitCode != 0)
        {
            Fail(proxy, $"the proxy's exit code was {proxy.ExitCode}");
        }

        Console.WriteLine($"{lost} lost, {_ledger.Doubled} doubled, {_ledger.OutOfOrder} out of order");
        return good ? 0 : 1;
    }

    private static void Row(string name, long value) => Console.WriteLine($"  {name,-22}{value,10:N0}");

    private static int Fail(ProxyProcess proxy, string reason)
    {
        Console.Error.WriteLine(Environment.NewLine + reason + "; its last lines:");
        foreach (string line in proxy.LastLines())
        {
            Console.Error.WriteLine("  | " + line);
        }

        return 1;
    }
}
