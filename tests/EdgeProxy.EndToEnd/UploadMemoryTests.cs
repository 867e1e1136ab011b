using System.Security.Cryptography;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>A large file passes through the binary whole, and the process stays small.</summary>
public sealed class UploadMemoryTests(ITestOutputHelper output)
{
    private const int FileBytes = 300 << 20;
    private const long ResidentBytesMax = 64L << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_of_300_MB_costs_no_memory(bool chatFirst)
    {
        using var folder = new TempFolder();
        var options = new FakeTelegramOptions();
        options.Tokens.Add(ProxyConfig.Token);
        await using var telegram = await FakeTelegram.StartAsync(options);
        using var proxy = SendingProxy.In(folder, telegram.Url);
        await proxy.StartAsync();
        using var http = new HttpClient { BaseAddress = proxy.BaseAddress, Timeout = TimeSpan.FromMinutes(3) };

        var path = Path.Combine(folder.Path, "file.bin");
        var hash = await FillAsync(path);
        await using var file = File.OpenRead(path);
        using var content = new MultipartFormDataContent();
        if (chatFirst) content.Add(new StringContent("77"), "chat_id");
        content.Add(new StreamContent(file), "document", "file.bin");
        if (!chatFirst) content.Add(new StringContent("77"), "chat_id");
        using var reply = await http.PostAsync($"/bot{ProxyConfig.Token}/sendDocument", content);
        var body = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, body);
        var send = Assert.Single(telegram.Sends.Snapshot());

        // The record's hash is over the text, which is empty, and the hash of each file.
        var expected = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(hash)));
        Assert.Equal((77L, (long)FileBytes, expected), (send.ChatId, send.FileBytes, send.Sha256));
        var peak = proxy.PeakResidentBytes();
        output.WriteLine($"chat {(chatFirst ? "before" : "behind")} the file: at most {peak >> 20} MB resident");
        Assert.InRange(peak, 1, ResidentBytesMax);
    }

    private static async Task<string> FillAsync(string path)
    {
        var random = new Random(7);
        var block = new byte[1 << 20];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = File.Create(path);
        for (var written = 0; written < FileBytes; written += block.Length)
        {
            random.NextBytes(block);
            hash.AppendData(block);
            await file.WriteAsync(block);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
