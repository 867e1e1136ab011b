using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.Redis;

namespace EdgeProxy.Tests.Redis;

/// <summary>A server that does not keep to the protocol, played by a socket: each connection has its script of answers.</summary>
public sealed class RedisHostileTests
{
    private const string Greeting = "%1\r\n+proto\r\n:3\r\n";

    [Theory]
    [InlineData("?what\r\n")]
    [InlineData("$99999999999\r\n")]
    [InlineData("*2\r\n+half")]
    [InlineData(">1\r\n:1\r\n>0\r\n")]
    public async Task Nonsense_costs_the_connection_and_no_reply_is_mixed_up(string nonsense)
    {
        await using var fake = new Fake([[Greeting, nonsense], [Greeting, "+right\r\n", "+last\r\n"]]);
        await using RedisClient client = RedisRig.Client(fake.Url, change: options => RedisRig.With(options, commandMs: 30_000));
        Assert.Equal((RedisOutcome.Unknown, ""), await RedisRig.AskAsync(client, "ECHO", "a"));
        Assert.Equal((RedisOutcome.Ok, "right"), await RedisRig.AskAsync(client, "ECHO", "b"));
        Assert.Equal((RedisOutcome.Ok, "last"), await RedisRig.AskAsync(client, "ECHO", "c"));
        Assert.Equal(0, client.Pending);
    }

    [Fact]
    public async Task What_is_safe_to_repeat_is_repeated_on_the_next_connection()
    {
        await using var fake = new Fake([[Greeting, ""], [Greeting, "+right\r\n"]]);
        await using RedisClient client = RedisRig.Client(fake.Url, change: options => RedisRig.With(options, commandMs: 30_000));
        using RedisCommand command = client.Rent("GET"u8).Key("a"u8);
        command.IsIdempotent = true;
        Assert.Equal(RedisOutcome.Ok, await client.SendAsync(command));
        Assert.Equal("right", RedisRig.Text(command));
    }

    [Fact]
    public async Task An_old_server_that_repeats_the_password_in_its_error_is_not_quoted()
    {
        const string Echo = "-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'user' 's3cret'\r\n";
        await using var fake = new Fake([[Echo], [Echo], [Echo], [Echo]]);
        await using RedisClient client = RedisRig.Client(
            fake.Url.Replace("redis://", "redis://user:s3cret@"), change: options => RedisRig.With(options, commandMs: 300));
        Assert.Equal(RedisOutcome.NotSent, (await RedisRig.AskAsync(client, "ECHO", "a")).Outcome);
        await RedisRig.UntilAsync(() => Task.FromResult(client.Fault?.Contains("RESP3") == true || fake.IsOver), "the reason");
        Assert.DoesNotContain("s3cret", client.Fault);
    }

    [Fact]
    public async Task Outcomes_are_counted()
    {
        long full = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "edgeproxy_redis_commands_total") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags[0].Value is "full") Interlocked.Add(ref full, value);
        });
        listener.Start();
        await using RedisClient client = RedisRig.Client("redis://127.0.0.1:1", change: options => RedisRig.With(options, commandMs: 100, pendingMax: 0));
        Assert.Equal(RedisOutcome.Full, (await RedisRig.AskAsync(client, "ECHO", "a")).Outcome);
        Assert.True(Volatile.Read(ref full) >= 1);
    }

    /// <summary>Answers the n-th thing it reads on a connection with the n-th text, then waits for the client to go; an empty text hangs up.</summary>
    private sealed class Fake : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _running;

        public Fake(string[][] connections)
        {
            _listener.Start();
            _running = RunAsync(connections);
        }

        public string Url => $"redis://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public bool IsOver => _running.IsCompleted;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task RunAsync(string[][] connections)
        {
            foreach (string[] answers in connections)
            {
                using Socket socket = await _listener.AcceptSocketAsync();
                var asked = new byte[4096];
                foreach (string answer in answers)
                {
                    if (await socket.ReceiveAsync(asked) == 0 || answer.Length == 0) break;
                    await socket.SendAsync(Encoding.Latin1.GetBytes(answer));
                }

                // A frame that stays half is the end of its connection; whole nonsense is the client's reason to go.
                socket.Shutdown(SocketShutdown.Send);
                try
                {
                    while (await socket.ReceiveAsync(asked) > 0) continue;
                }
                catch (SocketException)
                {
                    // The client went first.
                }
            }
        }
    }
}
