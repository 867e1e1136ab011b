using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Telegram;

/// <summary>The scanner against the framework's parsers. FsCheck prints the seed of a failing run; the message holds the body.</summary>
public sealed class EnvelopePropertyTests
{
    [Fact]
    public void Legal_updates_are_judged_as_the_framework_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
            Agrees(Encoding.UTF8.GetBytes(JsonText.Update(new Random(seed), legal: true)))));

    [Fact]
    public void Odd_updates_are_judged_as_the_framework_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
            Agrees(Encoding.UTF8.GetBytes(JsonText.Update(new Random(seed), legal: false)))));

    [Fact]
    public void Damaged_updates_are_judged_as_the_framework_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            Random random = new(seed);
            string name = Samples.Names().Take(8).ElementAt(random.Next(8));
            byte[] body = random.Next(2) == 0 ? Samples.Read(name) : Encoding.UTF8.GetBytes(JsonText.Update(random, legal: true));
            return Agrees(JsonText.Damage(body, random));
        }));

    [Fact]
    public void Noise_is_judged_as_the_framework_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(Agrees));

    [Fact]
    public void Any_value_is_skipped_as_the_framework_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            byte[] text = Encoding.UTF8.GetBytes(JsonText.Value(new Random(seed), 5, legal: (seed & 1) == 0));
            JsonScan scan = new(text);
            scan.SkipValue();
            scan.ExpectEnd();
            using JsonDocument? document = JsonOracle.Parse(text);
            Assert.True(scan.Failed == (document is null), Encoding.UTF8.GetString(text));
            return true;
        }));

    [Fact]
    public void Every_truncation_of_every_sample_is_refused()
    {
        foreach (string name in Samples.Names())
        {
            byte[] body = Samples.Read(name).AsSpan().TrimEnd("\n\r "u8).ToArray();
            for (int length = 0; length < body.Length; length++)
            {
                EnvelopeOutcome outcome = UpdateEnvelope.TryRead(body.AsSpan(0, length), out UpdateEnvelope envelope);
                Assert.Equal(length == 0 ? EnvelopeOutcome.Empty : EnvelopeOutcome.InvalidJson, outcome);
                Assert.Equal(default, envelope.UpdateId);
            }

            Assert.Equal(EnvelopeOutcome.Ok, UpdateEnvelope.TryRead(body, out _));
            Assert.Equal(EnvelopeOutcome.InvalidJson, UpdateEnvelope.TryRead([.. body, (byte)'}'], out _));
        }
    }

    [Fact]
    public void Every_byte_at_every_place_of_an_escaped_word_is_judged_as_the_framework_does()
    {
        byte[] word = Encoding.UTF8.GetBytes("{\"update_id\":1,\"a\":\"\\u0416\\u04aF\\u00e9\\uABCD\\u041f\"}");
        int start = word.AsSpan().IndexOf((byte)'\\');
        for (int at = start; at < word.Length - 1; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] body = [.. word];
                body[at] = (byte)value;
                Agrees(body);
            }
        }
    }

    [Fact]
    public void A_string_may_end_anywhere_in_a_stride()
    {
        // Every length around the vector width, and every special byte at every place in it.
        foreach (string special in new[] { "", "\\n", "\\u0416", "\\u04", "\\", "\u0001", "\u001f", "Ж", "\\\"", "\\u041g", "\"" })
        {
            for (int before = 0; before < 40; before++)
            {
                for (int after = 0; after < 20; after++)
                {
                    string text = "{\"update_id\":1,\"a\":\"" + new string('x', before) + special + new string('y', after) + "\"}";
                    Agrees(Encoding.UTF8.GetBytes(text));
                }
            }
        }
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Depth_is_bounded_as_in_the_framework(char open, char close)
    {
        for (int depth = Limits.JsonDepthMax - 3; depth <= Limits.JsonDepthMax + 3; depth++)
        {
            string opened = string.Concat(Enumerable.Repeat(open == '[' ? "[" : "{\"a\":", depth));
            Agrees(Encoding.UTF8.GetBytes("{\"update_id\":1,\"a\":" + opened + "1" + new string(close, depth) + "}"));
        }

        string endless = string.Concat(Enumerable.Repeat(open == '[' ? "[" : "{\"message\":", 100_000));
        Assert.Equal(EnvelopeOutcome.InvalidJson, UpdateEnvelope.TryRead(Encoding.UTF8.GetBytes(endless), out _));
        Assert.True(Limits.JsonDepthMax <= 64, "JsonScan keeps one bit per level in 64 bits");
    }

    [Fact]
    public void Ten_thousand_scans_allocate_nothing()
    {
        byte[][] bodies = Samples.Names().Select(Samples.Read).ToArray();
        foreach (byte[] body in bodies) UpdateEnvelope.TryRead(body, out _);
        // The runtime may allocate once in between; what a scan costs would show in every round.
        long least = long.MaxValue;
        int accepted = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10_000; i++)
            {
                if (UpdateEnvelope.TryRead(bodies[i % bodies.Length], out _) == EnvelopeOutcome.Ok) accepted++;
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(30_000, accepted);
        Assert.Equal(0, least);
    }

    private static bool Agrees(byte[] body)
    {
        EnvelopeOutcome expected = JsonOracle.Outcome(body, out long updateId);
        EnvelopeOutcome actual = UpdateEnvelope.TryRead(body, out UpdateEnvelope envelope);
        Assert.True(expected == actual, $"{expected} expected, {actual} found: {Encoding.UTF8.GetString(body)}");
        if (actual == EnvelopeOutcome.Ok) Assert.Equal(updateId, envelope.UpdateId);
        Assert.InRange(envelope.CommandOffset + envelope.CommandLength, 0, body.Length);
        return true;
    }
}
