using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Redis;

/// <summary>The scanner and the reader against the oracle, cut at every byte and at random.</summary>
public sealed class RespScannerTests
{
    private const string Follower = "+next\r\n";

    public static TheoryData<string> Legal => [.. RespFrames.Legal];

    public static TheoryData<string> Illegal => [.. RespFrames.Illegal];

    [Theory]
    [MemberData(nameof(Legal))]
    public void A_legal_frame_ends_where_it_ends_wherever_it_is_cut(string frame)
    {
        byte[] bytes = RespFrames.Bytes(frame + Follower);
        Assert.NotNull(RespOracle.Read(RespFrames.Bytes(frame)));
        for (int cut = 0; cut <= frame.Length; cut++) Assert.Equal((RespScan.Complete, frame.Length), Scan(bytes, [cut]));
        Assert.Equal((RespScan.Complete, frame.Length), Scan(bytes, [.. Enumerable.Range(1, frame.Length)]));
        Assert.Equal(RespOracle.Read(RespFrames.Bytes(frame)), Walk(RespFrames.Bytes(frame)));
    }

    [Theory]
    [MemberData(nameof(Illegal))]
    public void What_is_not_a_frame_never_completes(string frame)
    {
        byte[] bytes = RespFrames.Bytes(frame);
        Assert.Null(RespOracle.Read(bytes));
        (RespScan whole, int _) = Scan(bytes, []);
        Assert.NotEqual(RespScan.Complete, whole);
        for (int cut = 0; cut <= bytes.Length; cut++) Assert.Equal(whole, Scan(bytes, [cut]).Scan);
    }

    /// <summary>FsCheck prints the seed that fails.</summary>
    [Fact]
    public void Random_frames_with_random_cuts_and_damage_agree_with_the_oracle()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            byte[] bytes = RespFrames.Bytes(RespFrames.Random(random));
            if (random.Next(2) == 0) bytes[random.Next(bytes.Length)] = (byte)"\r\n01-+$*:_>|a"[random.Next(13)];
            int[] cuts = [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(bytes.Length + 1)).Order()];
            string? expected = RespOracle.Read(bytes);
            (RespScan scan, int used) = Scan(bytes, cuts);
            bool isWhole = scan == RespScan.Complete && used == bytes.Length;
            if (isWhole != (expected is not null)) return false;
            return expected is null || Walk(bytes) == expected;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        string deep = string.Concat(Enumerable.Repeat("*1\r\n", Limits.RedisDepthMax));
        Assert.Equal(RespScan.Complete, Scan(RespFrames.Bytes(deep + ":1\r\n"), []).Scan);
        Assert.Equal(RespScan.TooDeep, Scan(RespFrames.Bytes(deep + "*1\r\n:1\r\n"), []).Scan);
        Assert.Equal(RespScan.TooLong, Scan(RespFrames.Bytes($"${Limits.RedisReplyBytesMax + 1}\r\n"), []).Scan);

        var small = new RespScanner(bytesMax: 100);
        byte[] endless = RespFrames.Bytes("+" + new string('a', 60));
        Assert.Equal(RespScan.More, small.Advance(endless, out _));
        Assert.Equal(RespScan.TooLong, small.Advance(endless.AsSpan(1), out _));
    }

    [Fact]
    public void A_reader_of_anything_at_all_ends()
    {
        var random = new Random(5);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = RespFrames.Bytes(RespFrames.Random(random));
            random.NextBytes(bytes.AsSpan(random.Next(bytes.Length)));
            var reader = new RespReader(bytes);
            int values = 0;
            while (reader.Read()) values++;
            Assert.True(values <= bytes.Length);
            reader = new(bytes);
            if (reader.Read()) reader.Skip();
        }
    }

    /// <summary>Scans bytes in the pieces given; where the frame ended, or how far it came.</summary>
    private static (RespScan Scan, int Used) Scan(byte[] bytes, int[] cuts)
    {
        var scanner = new RespScanner();
        int at = 0;
        foreach (int cut in cuts.Append(bytes.Length))
        {
            int used = 0;
            RespScan scan = cut > at ? scanner.Advance(bytes.AsSpan(at, cut - at), out used) : RespScan.More;
            at += used;
            if (scan != RespScan.More) return (scan, at);
        }

        return (RespScan.More, at);
    }

    private static string Walk(byte[] frame)
    {
        var reader = new RespReader(frame);
        Assert.True(reader.Read());
        string text = Value(ref reader);
        Assert.False(reader.Read());
        return text;
    }

    private static string Value(ref RespReader reader)
    {
        if (reader.IsNull) return "_";
        var kind = (char)reader.Kind;
        if (!"*~%>".Contains(kind)) return kind + Encoding.Latin1.GetString(reader.Text);
        var text = new StringBuilder().Append(kind).Append('[');
        for (int left = reader.Count; left > 0; left--)
        {
            Assert.True(reader.Read());
            text.Append(Value(ref reader)).Append(' ');
        }

        return text.Append(']').ToString();
    }
}
