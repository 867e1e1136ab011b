using System.Text;
using EdgeProxy.Fanout;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Fanout;

/// <summary>The small parts on their own. Random tests print their seed.</summary>
public sealed class FanoutPartsTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [Fact]
    public void The_codec_returns_what_it_was_given_and_never_throws_on_other_bytes()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 300; round++)
        {
            CursorRow row = RandomRow(random);
            byte[] bytes = CursorCodec.Encode(row);
            CursorRow? back = CursorCodec.Decode(bytes);
            Assert.NotNull(back);
            Assert.Equal((row.Position, row.GoneSinceUnixMs, row.Disabled), (back.Position, back.GoneSinceUnixMs, back.Disabled));
            Assert.Equal(row.Outstanding, back.Outstanding);
            Assert.Equal(row.Parked, back.Parked);
            Assert.Null(CursorCodec.Decode(bytes.AsSpan(0, random.Next(bytes.Length))));
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            CursorCodec.Decode(bytes);
            random.NextBytes(bytes);
            CursorCodec.Decode(bytes);
        }
    }

    [Fact]
    public void The_outstanding_set_agrees_with_a_sorted_set()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var set = new OutstandingSet();
        var model = new SortedSet<long>();
        long position = 0;
        for (int step = 0; step < 30_000; step++)
        {
            if (random.Next(5) < (step % 6_000 < 3_000 ? 3 : 2))
            {
                position += random.Next(1, 5_000);
                set.Add(position);
                model.Add(position);
            }
            else
            {
                long gone = model.Count > 0 && random.Next(10) > 0 ? Pick(model, random) : random.NextInt64(position + 1);
                Assert.Equal(model.Remove(gone), set.Remove(gone));
            }

            Assert.Equal(model.Count, set.Count);
            Assert.Equal(model.Count == 0 ? -7 : model.Min, set.Lowest(-7));
        }

        var all = new long[set.Count];
        set.CopyTo(all);
        Assert.Equal(model, all);
    }

    [Fact]
    public void The_schedule_is_Telegrams()
    {
        var random = new Random(1);
        Assert.Equal([0, 2_000, 4_000, 8_000, 16_000, 32_000], Enumerable.Range(1, 6).Select(n => RetrySchedule.DelayMs(n, 0, random)));
        foreach (int failures in (int[])[7, 8, 50, 100_000]) Assert.InRange(RetrySchedule.DelayMs(failures, 0, random), 60_000, 120_000);
        Assert.Equal(5_000, RetrySchedule.DelayMs(1, 5, random));
        Assert.Equal(3_600_000, RetrySchedule.DelayMs(1, int.MaxValue, random));
    }

    [Theory]
    [InlineData("""{"method":"sendMessage"}""", "sendMessage")]
    [InlineData(""" {"a":[{"method":"x"}],"method":"answerCallbackQuery"}""", "answerCallbackQuery")]
    [InlineData("""{"method":"deleteMessage"}""", "deleteMessage")]
    [InlineData("""{"method":"GETupdates"}""", null)]
    [InlineData("""{"method":"logOut"}""", null)]
    [InlineData("""{"method":"deleteWebhook"}""", null)]
    [InlineData("""{"method":5}""", null)]
    [InlineData("""{"method":""}""", null)]
    [InlineData("""{"method":"send/../x"}""", null)]
    [InlineData("""{"method":"sendMessage" """, null)]
    [InlineData("""[{"method":"sendMessage"}]""", null)]
    [InlineData("<html>", null)]
    [InlineData("", null)]
    public void Only_an_executable_method_of_the_reply_object_is_found(string body, string? expected)
    {
        Assert.Equal(expected is not null, ReplyCall.TryRead(Encoding.UTF8.GetBytes(body), out string method));
        Assert.Equal(expected ?? "", method);
    }

    [Fact]
    public void A_poisoned_key_between_successes_costs_no_slots_and_many_failing_keys_bring_the_consumer_down()
    {
        var window = new DeliveryWindow(16);
        var random = new Random(1);
        var refused = new DeliveryReply(DeliveryOutcome.Refused, 500, 0, [], "HTTP 500");
        KeyQueue poison = Key(1);
        for (int i = 0; i < 100; i++)
        {
            Assert.False(window.OnFailure(poison, refused, 0, random));
            Assert.False(window.OnFailure(poison, refused, 0, random));
            window.OnSuccess();
        }

        Assert.Equal(16, window.Size);
        bool[] downs = [.. Enumerable.Range(1, 8).Select(id => window.OnFailure(Key(id), refused, 0, random))];
        Assert.Single(downs, down => down);
        Assert.Equal((true, 1), (window.Down, window.Size));
        Assert.Equal(2_000, window.ProbeDueUnixMs); // Failures of what was already in flight do not push it back.
        Assert.True(window.OnSuccess());
        Assert.Equal(1, window.Size);
        for (int i = 0; i < 40; i++) window.OnSuccess();
        Assert.Equal(16, window.Size);
    }

    private static KeyQueue Key(long id)
    {
        var queue = new KeyQueue();
        queue.Reset(new QueueKey(QueueScope.Chat, UpdateKind.Unknown, id));
        return queue;
    }

    private static long Pick(SortedSet<long> model, Random random) =>
        random.Next(2) == 0 ? model.Min : model.ElementAt(random.Next(Math.Min(50, model.Count)));

    private static CursorRow RandomRow(Random random)
    {
        var outstanding = new long[random.Next(50)];
        long position = 0;
        for (int i = 0; i < outstanding.Length; i++) outstanding[i] = position += random.NextInt64(1, 1L << random.Next(1, 40));
        var parked = new ParkedKey[random.Next(5)];
        for (int i = 0; i < parked.Length; i++)
        {
            long id = random.Next(3)
                switch
            { 0 => long.MinValue, 1 => -1_000_000_000_000 - random.NextInt64(1L << 40), _ => random.NextInt64() };
            var key = new QueueKey((QueueScope)random.Next(4), (UpdateKind)random.Next(28), id);
            parked[i] = new ParkedKey(key, random.Next(), random.NextInt64(), random.NextInt64());
        }

        return new CursorRow(position + random.Next(1, 1_000), random.NextInt64(), random.Next(2) == 0, outstanding, parked);
    }
}
