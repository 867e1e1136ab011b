using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>Files up and down.</summary>
public sealed class FileTests
{
    private const long Size = (30 * 1024 * 1024) + 12_345;
    private const int Seed = 7;

    [Fact]
    public async Task A_file_goes_to_a_topic_with_progress_and_comes_back_whole_and_in_ranges()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        var topic = (await rig.JobAsync("POST", $"groups/{chat}/topics", new { title = "Files" }))
            .GetProperty("steps")[0].GetProperty("result").GetProperty("topic_id").GetInt32();
        var id = await rig.BeginAsync("files", new { chat_id = chat, topic_id = topic, name = "noise.bin", size = Size, caption = "all of it" });
        var watched = WatchAsync(rig, id);

        // A first caller breaks off; the second goes on where the record stands.
        using (var half = new NoiseStream(Size / 2, Seed))
            Assert.NotEqual(200, (await rig.Api.PutAsync(id, 0, half)).Status);
        using var bytes = new NoiseStream(Size, Seed);
        var refused = await rig.Api.PutAsync(id, 1, bytes);
        Assert.Equal(409, refused.Status);
        var stored = (await rig.Api.CallAsync("GET", "jobs/" + id)).Body.GetProperty("progress").GetProperty("bytes").GetInt64();
        Assert.InRange(stored, 1, Size / 2);
        bytes.Position = stored;
        var put = await rig.Api.PutAsync(id, stored, bytes);
        Assert.True(put.Status == 200, $"{put.Status} {put.Body}");
        var job = await rig.EndOfAsync(id);
        MtprotoRig.AssertDone(job);

        var message = await OnlyFileAsync(rig);
        Assert.Equal((topic, "all of it"), (message.GetProperty("topic").GetInt32(), message.GetProperty("text").GetString()));
        Assert.Equal(NoiseStream.Sha256(Size, Seed), message.GetProperty("file").GetProperty("sha256").GetString());
        var progress = await watched;
        Assert.Contains(progress, bytesThen => bytesThen > 0 && bytesThen < Size);
        Assert.Equal(Size, progress[^1]);
        Assert.Equal(progress.Order(), progress);

        var path = $"groups/{chat}/messages/{message.GetProperty("id").GetInt32()}/file";
        using (var whole = await rig.Api.OpenAsync(path))
        {
            Assert.Equal((HttpStatusCode.OK, Size), (whole.StatusCode, whole.Content.Headers.ContentLength));
            Assert.Equal(NoiseStream.Sha256(Size, Seed), Convert.ToHexStringLower(await SHA256.HashDataAsync(await whole.Content.ReadAsStreamAsync())));
        }

        foreach (var (from, to) in ((long, long)[])[(0, 0), (524_287, 524_288), (1_000_001, 3_999_999), (Size - 10, Size - 1)])
        {
            using var part = await rig.Api.OpenAsync(path, new RangeHeaderValue(from, to));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            var expected = new byte[to - from + 1];
            bytes.Position = from;
            bytes.ReadExactly(expected);
            Assert.Equal(expected, await part.Content.ReadAsByteArrayAsync());
        }

        using var beyond = await rig.Api.OpenAsync(path, new RangeHeaderValue(Size, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
    }

    [Fact]
    public async Task A_withdrawn_upload_sends_nothing()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        var id = await rig.BeginAsync("files", new { chat_id = chat, name = "noise.bin", size = Size });
        Task<EdgeProxy.EndToEnd.Harness.OutboxReply>? cancel = null;
        using var bytes = new NoiseStream(Size, Seed)
        {
            OnRead = position =>
            {
                if (position > Size / 2)
                    cancel ??= rig.Api.CallAsync("DELETE", "jobs/" + id);
                cancel?.Wait();
            },
        };
        Assert.NotEqual(200, (await rig.Api.PutAsync(id, 0, bytes)).Status);
        Assert.Equal(200, (await cancel!).Status);
        Assert.Equal("cancelled", (await rig.EndOfAsync(id)).GetProperty("state").GetString());
        Assert.Equal(0, (await rig.ControlAsync("GET", "/state")).GetProperty("messages").GetInt32());
    }

    /// <summary>The only message there is.</summary>
    private static async Task<JsonElement> OnlyFileAsync(MtprotoRig rig) => Assert.Single((await rig.ControlAsync("GET", "/messages")).EnumerateArray());

    /// <summary>The bytes of every event, until the stream ends.</summary>
    private static async Task<List<long>> WatchAsync(MtprotoRig rig, string id)
    {
        using var reply = await rig.Api.OpenAsync($"jobs/{id}/events");
        Assert.Equal("text/event-stream", reply.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        var seen = new List<long>();
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                seen.Add(JsonDocument.Parse(line[6..]).RootElement.GetProperty("progress").GetProperty("bytes").GetInt64());
        }

        return seen;
    }
}
