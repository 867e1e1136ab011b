using System.Net;
using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Ingest;

/// <summary>
/// Any body through the real endpoint: 200 and stored byte for byte, or refused by name and not stored. A failure's message holds the seed of
/// its body. Alone in the process while it runs, because it looks at what the whole process allocates.
/// </summary>
[Collection(AloneInProcess.Name)]
public sealed class WebhookPropertyTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>
    /// Bytes the whole process, client and framework included, may allocate for one call however small its body. A call costs up to 25 KB;
    /// a new connection or a rented buffer more.
    /// </summary>
    private const long AllocatedBytesPerCallMax = 64 * 1024;

    /// <summary>The same on top, per byte of the body: pooled buffers grow to the power of two above it, at the client and here.</summary>
    private const int AllocatedBytesPerBodyByteMax = 4;

    private const int BodiesPerTest = 1500;
    private const int ShapeCount = 9;
    private readonly HashSet<long> _ids = [];
    private readonly List<string> _costly = [];
    private WebhookRig _rig = null!;
    private long _lastId = 1L << 40;
    private long _allocatedMost;
    private int _stored;
    private int _refused;

    public async Task InitializeAsync() => _rig = await WebhookRig.StartAsync();

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_body_is_stored_byte_for_byte_or_refused_by_name(bool chunked)
    {
        // The first calls also pay for the connection, the pools and compiled code.
        for (int i = 0; i < 50; i++) await _rig.SendAsync("demo", NewUpdate("\"message\":{}"), chunked: chunked);
        int first = Random.Shared.Next(int.MaxValue - BodiesPerTest);
        for (int i = 0; i < BodiesPerTest; i++) await HoldsAsync(first + i, chunked);
        output.WriteLine($"seeds from {first}: {_stored} stored, {_refused} refused; at most {_allocatedMost} bytes allocated beyond the body's share");
        Assert.True(_costly.Count == 0, $"{_costly.Count} bodies cost too much: {string.Join('\n', _costly)}");
        Assert.True(_stored > BodiesPerTest / 10 && _refused > BodiesPerTest / 10, $"{_stored} stored, {_refused} refused: too much of one side");
        Assert.Equal(HttpStatusCode.OK, (await _rig.SendAsync("demo", NewUpdate("\"message\":{}"))).Code);
    }

    private async Task HoldsAsync(int seed, bool chunked)
    {
        byte[] body = Body(new Random(seed));
        string about = $"body seed {seed}, {body.Length} bytes: {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 300)))}";
        bool isLegal = JsonOracle.Outcome(body, out long updateId) == EnvelopeOutcome.Ok;
        bool isNew = isLegal && _ids.Add(updateId);
        long tail = _rig.Tail;
        (HttpStatusCode code, string text, long allocated) = await MeasureAsync(body, chunked);

        // A thread that the pool starts in between costs as much as a hostile body, but not every time; a repeat is read as far as the first.
        for (int again = 0; again < 5 && allocated > AllocatedBytesPerCallMax; again++)
        {
            allocated = Math.Min(allocated, (await MeasureAsync(body, chunked)).Allocated);
        }

        _allocatedMost = Math.Max(_allocatedMost, allocated);
        if (allocated > AllocatedBytesPerCallMax) _costly.Add($"{allocated} bytes allocated beyond the body's share for {about}");

        List<byte[]> stored = _rig.Stored(tail);
        if (isLegal)
        {
            Assert.True(code == HttpStatusCode.OK && text.Length == 0, $"{code} {text} for {about}");
            Assert.True(stored.Count == (isNew ? 1 : 0), $"{stored.Count} records for {about}");
            Assert.True(!isNew || body.AsSpan().SequenceEqual(stored[0]), "other bytes stored for " + about);
            _stored++;
            return;
        }

        Assert.True(code == HttpStatusCode.BadRequest, $"{code} {text} for {about}");
        using JsonDocument reason = JsonDocument.Parse(text);
        Assert.Equal((int)code, reason.RootElement.GetProperty("error_code").GetInt32());
        Assert.NotEmpty(reason.RootElement.GetProperty("description").GetString()!);
        Assert.True(stored.Count == 0, "stored although refused: " + about);
        _refused++;
    }

    private async Task<(HttpStatusCode Code, string Text, long Allocated)> MeasureAsync(byte[] body, bool chunked)
    {
        long before = GC.GetTotalAllocatedBytes();
        (HttpStatusCode code, string text) = await _rig.SendAsync("demo", body, chunked: chunked);
        return (code, text, GC.GetTotalAllocatedBytes() - before - (body.LongLength * AllocatedBytesPerBodyByteMax));
    }

    private byte[] Body(Random random) => random.Next(ShapeCount) switch
    {
        0 => Encoding.UTF8.GetBytes(JsonText.Update(random, legal: true)),
        1 => Encoding.UTF8.GetBytes(JsonText.Update(random, legal: false)),
        2 => Truncated(NewUpdate("\"message\":" + JsonText.Value(random, 5, legal: true)), random),
        3 => Deep(random),
        4 => NewUpdate($"\"message\":{{\"date\":{new string('9', random.Next(1, 20_000))}e{random.Next()}}}"),
        5 => NewUpdate($"\"update_id\":{random.Next()},\"message\":{{\"chat\":{{\"id\":1,\"id\":2}}}},\"message\":{{}}"),
        6 => BadUtf8(random),
        7 => NewUpdate($"\"kind_of_tomorrow_{random.Next(100)}\":{JsonText.Value(random, 5, legal: true)}"),
        _ => JsonText.Damage(Sample(random), random),
    };

    private byte[] NewUpdate(string rest) => Encoding.UTF8.GetBytes($"{{\"update_id\":{++_lastId},{rest}}}");

    private static byte[] Truncated(byte[] body, Random random) => body[..random.Next(body.Length + 1)];

    /// <summary>Around the bound of depth, or far beyond it: up to 80,000 levels, which is within the bound of bytes.</summary>
    private byte[] Deep(Random random)
    {
        int depth = random.Next(4) == 0 ? random.Next(1_000, 80_000) : random.Next(1, Limits.JsonDepthMax + 6);
        bool isClosed = random.Next(4) > 0;
        string text = random.Next(2) == 0
            ? new string('[', depth) + (isClosed ? new string(']', depth) : "")
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + (isClosed ? new string('}', depth) : "");
        return NewUpdate("\"message\":" + text);
    }

    /// <summary>A byte that is no UTF-8 in a text of a legal update.</summary>
    private byte[] BadUtf8(Random random)
    {
        byte[] body = NewUpdate("\"message\":{\"text\":\"Привіт, Ёлка 🎄 0123456789\"}");
        body[^random.Next(4, 40)] = (byte)random.Next(0x80, 0x100);
        return body;
    }

    private static byte[] Sample(Random random)
    {
        string[] names = [.. Samples.Names().Take(8)];
        return Samples.Read(names[random.Next(names.Length)]);
    }
}
