using System.Net;
using System.Text.Json;
using EdgeProxy.Tests.Outbox.Api;

namespace EdgeProxy.Tests.Admin;

public sealed class AdminFileTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task A_file_goes_on_while_the_process_dies_and_comes_back()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        FakeChat chat = rig.Sidecar.Add(-1001, "files");
        byte[] file = Bytes((21 * MiB) + 5);
        string id = await rig.JobAsync("/files", New(file.Length));
        int puts = 0;
        rig.Sidecar.Script = made => !made.Contains("/uploads/", StringComparison.Ordinal) ? Fault.None : Interlocked.Increment(ref puts) switch
        {
            2 => Fault.DropBefore,
            3 => Fault.UnknownAfter,
            5 => Fault.DropAfter,
            7 => Fault.FloodBrief,
            _ => Fault.None,
        };
        Answer put = await PutAsync(rig, id, file, 0);
        Assert.True(put.Code == HttpStatusCode.OK, put.Json.ToString());
        JsonElement job = await rig.UntilAsync(id, "done");
        Assert.Equal(file.Length, job.GetProperty("progress").GetProperty("bytes").GetInt64());
        IsSent(rig, chat, file);
    }

    [Fact]
    public async Task A_caller_who_broke_off_goes_on_where_the_record_stands_also_after_a_restart()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        FakeChat chat = rig.Sidecar.Add(-1001, "files");
        byte[] file = Bytes((9 * MiB) + 7);
        string id = await rig.JobAsync("/files", New(file.Length));
        (await PutAsync(rig, id, file[..(5 * MiB + 3)], 0)).IsProblem(HttpStatusCode.BadRequest, null);
        JsonElement job = await rig.UntilAsync(id, "receiving");
        long stored = job.GetProperty("progress").GetProperty("bytes").GetInt64();
        Assert.Equal(5 * MiB, stored);
        await rig.RestartAsync();
        (await PutAsync(rig, id, file[MiB..], MiB)).IsProblem(HttpStatusCode.Conflict, "Upload-Offset");
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(rig, id, file[(int)stored..], stored)).Code);
        await rig.UntilAsync(id, "done");
        IsSent(rig, chat, file);
        (await PutAsync(rig, id, file, 0)).IsProblem(HttpStatusCode.Conflict, null);
    }

    [Fact]
    public async Task A_message_whose_answer_is_lost_is_sent_once()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        FakeChat chat = rig.Sidecar.Add(-1001, "files");
        int faults = 0;
        rig.Sidecar.Script = made =>
            made.EndsWith("/messages", StringComparison.Ordinal) && Interlocked.Increment(ref faults) == 1 ? Fault.DropAfter : Fault.None;
        byte[] file = Bytes(100);
        string id = await rig.JobAsync("/files", New(file.Length));
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(rig, id, file, 0)).Code);
        await rig.UntilAsync(id, "done");
        Assert.Equal(2, faults);
        IsSent(rig, chat, file);
    }

    [Fact]
    public async Task A_withdrawn_upload_takes_no_more_bytes()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        FakeChat chat = rig.Sidecar.Add(-1001, "files");
        byte[] file = Bytes(3 * MiB);
        string id = await rig.JobAsync("/files", New(file.Length));
        Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync(rig, id, file[..MiB], 0)).Code);
        await rig.SendAsync(HttpMethod.Delete, "/jobs/" + id, null);
        JsonElement job = await rig.UntilAsync(id, "cancelled");
        Assert.Equal(["cancelled", "cancelled"], job.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("state").GetString()));
        (await PutAsync(rig, id, file[MiB..], MiB)).IsProblem(HttpStatusCode.Conflict, null);
        Assert.Empty(chat.Messages);
    }

    [Fact]
    public async Task Progress_comes_as_events_until_the_job_has_ended()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Add(-1001, "files");
        byte[] file = Bytes(MiB);
        string id = await rig.JobAsync("/files", New(file.Length));
        using HttpResponseMessage response = await rig.OpenAsync($"/jobs/{id}/events");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("event: job", await lines.ReadLineAsync());
        Assert.Contains("\"receiving\"", await lines.ReadLineAsync(), StringComparison.Ordinal);
        await PutAsync(rig, id, file, 0);
        string rest = await lines.ReadToEndAsync();
        Assert.Contains("\"state\":\"done\"", rest, StringComparison.Ordinal);
        Assert.Contains("\"bytes\":1048576", rest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0, 299_999)]
    [InlineData("bytes=1000-200000", 1000, 200_000)]
    [InlineData("bytes=250000-", 250_000, 299_999)]
    [InlineData("bytes=-100", 299_900, 299_999)]
    public async Task A_download_that_breaks_is_taken_up_unseen(string? range, int from, int to)
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Add(-1001, "files");
        rig.Sidecar.Download = Bytes(300_000);
        rig.Sidecar.DownloadBreaksAfter = 120_000;
        using HttpResponseMessage response = await rig.OpenAsync("/groups/-1001/messages/5/file", range);
        Assert.Equal(range is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("\"file-1\"", response.Headers.ETag!.Tag);
        Assert.Equal(to - from + 1, response.Content.Headers.ContentLength);
        if (range is not null) Assert.Equal(from, response.Content.Headers.ContentRange!.From);
        Assert.Equal(rig.Sidecar.Download[from..(to + 1)], await response.Content.ReadAsByteArrayAsync());
    }

    private static string New(int size) =>
        $$"""{"chat_id":-1001,"topic_id":12,"name":"prices.pdf","size":{{size}},"mime_type":"application/pdf","caption":"The list"}""";

    private static async Task<Answer> PutAsync(AdminRig rig, string id, byte[] bytes, long offset)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Upload-Offset", offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return await rig.SendAsync(HttpMethod.Put, $"/files/{id}/content", content);
    }

    private static void IsSent(AdminRig rig, FakeChat chat, byte[] file)
    {
        using JsonDocument message = JsonDocument.Parse(Assert.Single(chat.Messages.Values));
        string id = message.RootElement.GetProperty("file").GetProperty("file_id").GetString()!;
        Assert.Equal(12, message.RootElement.GetProperty("topic_id").GetInt32());
        Assert.True(file.AsSpan().SequenceEqual(rig.Sidecar.FileOf(id)));
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
