using System.Diagnostics;
using System.Text;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.BotApi;

/// <summary>What an upload of 50 MB costs in memory, on both of its ways. The caller and the simulator run in the same process and are counted too.</summary>
[Collection(AloneInProcess.Name)]
public sealed class BotApiMemoryTests(ITestOutputHelper output)
{
    private const int FileBytes = 50_000_000;
    private const long AllocatedBytesMax = 16_000_000;
    private const long ResidentBytesMax = 48_000_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_document_of_50_MB_goes_through_without_being_held(bool chatFirst)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        await UploadAsync(rig, chatFirst, 1_000_000); // warm: code, connections, pools

        // What the runtime does beside it, starting threads or putting off a collection, is not in every round; what an upload costs is.
        long allocated = long.MaxValue, peak = long.MaxValue;
        for (int round = 0; round < 3 && (allocated >= AllocatedBytesMax || peak >= ResidentBytesMax); round++)
        {
            (long bytes, long most) = await MeasureAsync(rig, chatFirst);
            (allocated, peak) = (Math.Min(allocated, bytes), Math.Min(peak, most));
        }

        output.WriteLine($"chat first: {chatFirst}; {allocated} bytes allocated, {peak} more resident");
        Assert.True(allocated < AllocatedBytesMax, $"{allocated} bytes allocated");
        Assert.True(peak < ResidentBytesMax, $"{peak} bytes more resident");
        Assert.Equal(FileBytes, rig.Telegram.Sends.Snapshot()[^1].FileBytes);
    }

    private static async Task<(long Allocated, long Peak)> MeasureAsync(BotApiRig rig, bool chatFirst)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long resident = Resident();
        long peak = 0;
        Task upload = UploadAsync(rig, chatFirst, FileBytes);
        while (await Task.WhenAny(upload, Task.Delay(20)) != upload) peak = Math.Max(peak, Resident() - resident);
        await upload;
        return (GC.GetTotalAllocatedBytes(precise: true) - allocated, peak);
    }

    private static async Task UploadAsync(BotApiRig rig, bool chatFirst, long bytes)
    {
        const string Chat = "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n5\r\n";
        string head = (chatFirst ? Chat : "") + "--b\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a\"\r\n\r\n";
        string tail = "\r\n" + (chatFirst ? "" : Chat) + "--b--\r\n";
        using var content = new PartsContent(Encoding.ASCII.GetBytes(head), new GeneratedStream("seed", bytes), Encoding.ASCII.GetBytes(tail));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        (int status, string answer, _) = await rig.CallAsync($"/bot{BotApiRig.Token}/sendDocument", content);
        Assert.True(status == 200, answer);
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
