using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.BotApi;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Tests.Simulator;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Calls with files: the bytes that arrive, whichever way they went, and those that must not.</summary>
public sealed class BotApiUploadTests
{
    private const string Bot = "/bot" + BotApiRig.Token;

    [Theory]
    [InlineData(300, true, false)]
    [InlineData(300, false, false)]
    [InlineData(300, false, true)]
    [InlineData(3_000_000, true, false)]
    [InlineData(3_000_000, true, true)]
    [InlineData(3_000_000, false, false)]
    [InlineData(3_000_000, false, true)]
    public async Task A_file_arrives_byte_for_byte(int bytes, bool chatFirst, bool chunked)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        byte[] file = Noise(bytes);
        var body = new MultipartText();
        if (chatFirst) body.Field("chat_id", "-100");
        body.Field("caption", "Подпись 👋").File("document", file, "Отчёт.bin");
        if (!chatFirst) body.Field("chat_id", "-100");
        (int status, string answer, _) = await rig.CallAsync($"{Bot}/sendDocument", Content(body, chunked));
        Assert.True(status == 200, answer);
        SendRecord sent = Assert.Single(rig.Telegram.Sends.Snapshot());
        Assert.Equal((-100L, "Подпись 👋", (long)bytes), (sent.ChatId, sent.Text, sent.FileBytes));
        Assert.Equal(Sha("Подпись 👋", file), sent.Sha256);
        Assert.Equal(0, rig.Spool.Bytes);
        Assert.Empty(Directory.EnumerateFiles(rig.SpoolFolder));
        Assert.Empty(rig.Complaints.Lines);
    }

    [Fact]
    public async Task An_album_whose_files_surround_its_list_arrives_whole()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        byte[] one = Noise(200_000), two = Noise(70_000);
        const string Media = """[{"type":"photo","media":"attach://a"},{"type":"photo","media":"attach://b"}]""";
        MultipartText body = new MultipartText().Field("chat_id", "9").File("a", one).Field("media", Media).File("b", two);
        (int status, string answer, _) = await rig.CallAsync($"{Bot}/sendMediaGroup", Content(body, false));
        Assert.True(status == 200, answer);
        Assert.Equal(Sha("", one, two), Assert.Single(rig.Telegram.Sends.Snapshot()).Sha256);
    }

    [Fact]
    public async Task A_query_gives_an_upload_its_chat()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        byte[] file = Noise(1_000_000);
        var body = new MultipartText().File("document", file);
        (int status, string answer, _) = await rig.CallAsync($"{Bot}/sendDocument?chat_id=77&caption=a%22b%0D%0A", Content(body, false));
        Assert.True(status == 200, answer);
        SendRecord sent = Assert.Single(rig.Telegram.Sends.Snapshot());
        Assert.Equal((77L, Sha("a\"b\r\n", file)), (sent.ChatId, sent.Sha256));
    }

    [Fact]
    public async Task A_caller_who_expects_to_be_asked_is_asked()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        byte[] file = Noise(500_000);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{rig.Url}{Bot}/sendDocument")
        {
            Content = Content(new MultipartText().Field("chat_id", "1").File("document", file), false),
        };
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage response = await rig.Http.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(Sha("", file), Assert.Single(rig.Telegram.Sends.Snapshot()).Sha256);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(5_000_000, true)]
    [InlineData(5_000_000, false)]
    public async Task A_group_that_became_a_supergroup_gets_its_uploads_there(int bytes, bool chatFirst)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        const long Group = -5, Supergroup = -1001234567890;
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Migrated, ChatId = Group, MigrateToChatId = Supergroup });
        byte[] file = Noise(bytes);
        for (int repeat = 0; repeat < 2; repeat++)
        {
            var body = new MultipartText();
            if (chatFirst) body.Field("chat_id", "-5");
            body.File("document", file);
            if (!chatFirst) body.Field("chat_id", "-5");
            (int status, string answer, _) = await rig.CallAsync($"{Bot}/sendDocument", Content(body, false));

            // What is streamed cannot go twice: its first call is refused by Telegram, from then on the new chat is known.
            bool streamed = bytes > Limits.UploadBufferedBytesMax && chatFirst;
            Assert.True(status == (streamed && repeat == 0 ? 400 : 200), answer);
        }

        Assert.All(rig.Telegram.Sends.Snapshot(), sent => Assert.Equal((Supergroup, Sha("", file)), (sent.ChatId, sent.Sha256)));
        Assert.NotEmpty(rig.Telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task A_huge_field_is_refused_and_nothing_leaves()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        var body = new MultipartText().Field("text", new string('x', Limits.CallBytesMax + 1)).Field("chat_id", "1");
        Assert.Equal(413, (await rig.CallAsync($"{Bot}/sendMessage", Content(body, true))).Status);
        body = new MultipartText().File("document", Noise(100_000)).Field("text", new string('x', Limits.MultipartFieldBytesMax + 1)).Field("chat_id", "1");
        Assert.Equal(413, (await rig.CallAsync($"{Bot}/sendDocument", Content(body, true))).Status);
        body = new MultipartText().Field("chat_id", "1").Raw("--edge-b0undary no part").Raw(new string('x', Limits.CallBytesMax + 1));
        Assert.Equal(400, (await rig.CallAsync($"{Bot}/sendDocument", Content(body, true))).Status);
        Assert.Equal(0, rig.Telegram.Stats.ApiCalls);
        Assert.Equal(0, rig.Spool.Bytes);
    }

    [Fact]
    public async Task What_is_no_multipart_but_short_is_Telegrams_to_refuse()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (int, string, string?) bare = await rig.DirectAsync($"{Bot}/sendDocument", WithType([1], "multipart/form-data"));
        Assert.Equal(bare.ToString(), (await rig.CallAsync($"{Bot}/sendDocument", WithType([1], "multipart/form-data"))).ToString());
        byte[] odd = Encoding.UTF8.GetBytes("no delimiter at all");
        const string Type = "multipart/form-data; boundary=b";
        (int, string, string?) direct = await rig.DirectAsync($"{Bot}/sendDocument", WithType(odd, Type));
        Assert.Equal(direct.ToString(), (await rig.CallAsync($"{Bot}/sendDocument", WithType(odd, Type))).ToString());
    }

    [Fact]
    public async Task A_caller_who_hangs_up_in_the_lane_takes_its_call_back()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync(new LaneSettings { PrivateBurst = 1, PrivatePerSecond = 0.01, MaxWaitMs = 300_000 });
        Assert.Equal(200, (await rig.CallAsync($"{Bot}/sendMessage?chat_id=5&text=a", null)).Status);
        using var caller = new CancellationTokenSource();
        using HttpContent upload = Content(new MultipartText().Field("chat_id", "5").File("document", Noise(30_000)), false);
        Task[] waiting =
        [
            rig.Http.GetAsync($"{rig.Url}{Bot}/sendMessage?chat_id=5&text=b", caller.Token),
            rig.Http.PostAsync($"{rig.Url}{Bot}/sendDocument", upload, caller.Token),
        ];
        Assert.True(await TelegramClient.EventuallyAsync(() => Waiting(rig) == 2));
        await caller.CancelAsync();
        foreach (Task call in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(await TelegramClient.EventuallyAsync(() => Waiting(rig) == 0));
        Assert.Equal(1, rig.Telegram.Stats.ApiCalls);
        Assert.Empty(rig.Complaints.Lines);
    }

    // Its body waits at the caller, unread; so that the caller is gone shows when its turn has come and the body ends early.
    [Fact]
    public async Task A_large_upload_whose_caller_hangs_up_in_the_lane_is_never_accepted()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync(new LaneSettings { PrivateBurst = 1, PrivatePerSecond = 0.2, MaxWaitMs = 300_000 });
        using var caller = new CancellationTokenSource();
        // Made before the lane is taken: it must come while the lane is closed.
        using HttpContent upload = Content(new MultipartText().Field("chat_id", "5").File("document", Noise(30_000_000)), false);
        Assert.Equal(200, (await rig.CallAsync($"{Bot}/sendMessage?chat_id=5&text=a", null)).Status);
        Task call = rig.Http.PostAsync($"{rig.Url}{Bot}/sendDocument", upload, caller.Token);
        Assert.True(await TelegramClient.EventuallyAsync(() => Waiting(rig) == 1));
        Assert.Equal(1, rig.Telegram.Stats.ApiCalls);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(await TelegramClient.EventuallyAsync(() => Waiting(rig) == 0 && InFlight(rig) == 0));
        Assert.Single(rig.Telegram.Sends.Snapshot());
        Assert.Empty(rig.Complaints.Lines);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_who_hangs_up_in_mid_upload_sends_nothing(bool chatFirst)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        var text = new MultipartText();
        if (chatFirst) text.Field("chat_id", "5");
        byte[] body = text.File("document", Noise(4_000_000)).Field("chat_id", "5").End();
        await using (NetworkStream caller = await rig.ConnectAsync())
        {
            await caller.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST {Bot}/sendDocument HTTP/1.1\r\nHost: x\r\nContent-Type: {text.ContentType}\r\nContent-Length: {body.Length}\r\n\r\n"));
            await caller.WriteAsync(body.AsMemory(0, body.Length / 2));
            Func<bool> underWay = chatFirst ? () => rig.Telegram.Stats.ApiCalls == 1 : () => rig.Spool.Bytes > 0;
            Assert.True(await TelegramClient.EventuallyAsync(underWay));
        }

        Assert.True(await TelegramClient.EventuallyAsync(() => rig.Spool.Bytes == 0 && InFlight(rig) == 0));
        Assert.Empty(rig.Telegram.Sends.Snapshot());
        Assert.Empty(Directory.EnumerateFiles(rig.SpoolFolder));
        Assert.Equal(200, (await rig.CallAsync($"{Bot}/sendMessage?chat_id=5&text=a", null)).Status);
        Assert.Empty(rig.Complaints.Lines);
    }

    [Fact]
    public async Task An_upload_that_Telegram_cuts_off_was_not_sent()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        await using BotApiRig rig = await BotApiRig.StartAsync(apiRoot: new Uri($"http://127.0.0.1:{port}"));
        Task cut = Task.Run(async () =>
        {
            using Socket socket = await listener.AcceptSocketAsync();
            await socket.ReceiveAsync(new byte[100_000]);
            socket.LingerState = new LingerOption(true, 0);
        });
        (int status, string body, string? outcome) = await rig.CallAsync(
            $"{Bot}/sendDocument", Content(new MultipartText().Field("chat_id", "1").File("document", Noise(20_000_000)), false));
        await cut;
        Assert.Equal((502, "not_sent"), (status, outcome));
        Assert.Contains("sending it again is safe", JsonDocument.Parse(body).RootElement.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_spool_is_a_503()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        Assert.True(rig.Spool.TryReserve(Limits.UploadSpoolBytesMax - 200_000));
        var body = new MultipartText().File("document", Noise(5_000_000)).Field("chat_id", "1");
        (int status, _, string? outcome) = await rig.CallAsync($"{Bot}/sendDocument", Content(body, false));
        Assert.Equal((503, "no_spool"), (status, outcome));
        rig.Spool.Release(Limits.UploadSpoolBytesMax - 200_000);
        Assert.Equal(0, rig.Spool.Bytes);
        Assert.Equal(200, (await rig.CallAsync($"{Bot}/sendDocument", Content(body, false))).Status);
    }

    [Fact]
    public void A_spool_starts_without_what_a_killed_process_left()
    {
        string folder = Directory.CreateTempSubdirectory("edge-spool").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "7.upload"), "left");
            _ = new UploadSpool(folder);
            Assert.Empty(Directory.EnumerateFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Waiting(BotApiRig rig) => rig.Lanes.Sum(lanes => lanes.Waiting.Interactive + lanes.Waiting.Normal + lanes.Waiting.Bulk);

    private static int InFlight(BotApiRig rig) => rig.Lanes.Sum(lanes => lanes.InFlight);

    private static byte[] Noise(int bytes)
    {
        byte[] noise = new byte[bytes];
        new Random(bytes).NextBytes(noise);
        return noise;
    }

    // As the simulator records it: the text, then the hash of each file.
    private static string Sha(string text, params byte[][] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        foreach (byte[] file in files) hash.AppendData(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(file))));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static HttpContent Content(MultipartText text, bool chunked)
    {
        byte[] body = text.End();
        return WithType(body, text.ContentType, chunked);
    }

    private static HttpContent WithType(byte[] body, string type, bool chunked = false)
    {
        HttpContent content = chunked ? new StreamContent(new NoLengthStream(body)) : new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }
}
