using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>A data folder that is full: Telegram keeps what cannot be stored, and the proxy gets well by itself.</summary>
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private const int TmpfsMiB = 256;
    private const int BodyChars = 300 * 1024;

    [RootFact]
    public async Task A_full_disk_is_503_and_heals_without_a_restart()
    {
        using var folder = new TempFolder();
        var mount = folder.Sub("tmpfs");
        var mounted = await Tool.RunAsync(TimeSpan.FromSeconds(10), "mount", "-t", "tmpfs", "-o", $"size={TmpfsMiB}m", "tmpfs", mount);
        Assert.True(mounted.ExitCode == 0, mounted.ToString());
        try
        {
            await FillAndHealAsync(folder, mount);
        }
        finally
        {
            await Tool.RunAsync(TimeSpan.FromSeconds(10), "umount", "-l", mount);
        }
    }

    private async Task FillAndHealAsync(TempFolder folder, string mount)
    {
        await using var consumer = new Consumer();
        await consumer.UpAsync();
        var data = Directory.CreateDirectory(Path.Combine(mount, "data")).FullName;
        var config = new ProxyConfig(Ports.Free(), data, consumer.Url);
        using var proxy = ProxyProcess.In(folder, config);
        using var client = new WebhookClient(config.Port);
        var accepted = new List<long>();
        await proxy.StartAsync();
        Assert.Equal(200, await client.PostAsync(Updates.Message(1, 5, 1)));
        accepted.Add(1);

        // 1. Another program takes the rest of the disk; what the journal preallocated still holds some updates.
        var filler = Path.Combine(mount, "filler");
        Fill(filler);
        var text = new string('x', BodyChars);
        var id = 1L;
        var status = 200;
        while (status == 200 && id < 2L * TmpfsMiB * 1024 * 1024 / BodyChars)
        {
            id++;
            using var reply = await client.SendAsync(Updates.Message(id, 5, id, text));
            status = (int)reply.StatusCode;
            if (status == 200)
                accepted.Add(id);
            else
                Assert.True(reply.Headers.RetryAfter is not null, $"{status} without Retry-After");
        }

        output.WriteLine($"{accepted.Count} updates taken before the disk was full, then {status}");
        Assert.Equal(503, status);
        await proxy.UntilAsync("/readyz", 503, TimeSpan.FromSeconds(10));
        Assert.Equal(503, await client.PostAsync(Updates.Message(id, 5, id, text)));

        // 2. Space again: Telegram's repetition is taken, by the same process.
        File.Delete(filler);
        var attempts = 0;
        while (status != 200 && attempts++ < 200)
        {
            await Task.Delay(100);
            status = await client.PostAsync(Updates.Message(id, 5, id, text));
        }

        Assert.True(status == 200, $"still {status} after the space came back\n{proxy.Log}");
        accepted.Add(id);
        await proxy.UntilAsync("/readyz", 200, TimeSpan.FromSeconds(10));

        // 3. Nothing that was acknowledged is lost, not even by a kill now.
        proxy.Kill();
        await proxy.StartAsync();
        var missing = await consumer.MissingAsync(accepted, TimeSpan.FromSeconds(30));
        output.WriteLine($"healed after {attempts} attempts; {accepted.Count} acknowledged, {missing.Count} missing");
        Assert.True(missing.Count == 0, $"lost: {string.Join(", ", missing.Take(20))}\n{proxy.Log}");
        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));
    }

    /// <summary>Writes until the disk is full, in ever smaller pieces: not one page is left.</summary>
    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var piece = 1024 * 1024; piece >= 4096; piece /= 4)
        {
            var zeros = new byte[piece];
            try
            {
                while (true)
                    file.Write(zeros);
            }
            catch (IOException)
            {
                // Full for pieces of this size.
            }
        }
    }
}
