using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>The binary needs nothing around it: no libraries, no files, no user database.</summary>
public sealed class StaticBinaryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_binary_is_static()
    {
        var result = await Tool.RunAsync(TimeSpan.FromSeconds(10), "ldd", Binary.Path);
        Assert.Matches("statically linked|not a dynamic executable", result.Output + result.Error);
    }

    [RootFact]
    public async Task It_serves_a_webhook_inside_an_empty_root()
    {
        using var folder = new TempFolder();
        var root = folder.Sub("root");
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Directory.CreateDirectory(Path.Combine(root, "dev"));
        File.Copy(Binary.Path, Path.Combine(root, "edgeproxy"));
        var device = await Tool.RunAsync(TimeSpan.FromSeconds(10), "mknod", Path.Combine(root, "dev", "urandom"), "c", "1", "9");
        Assert.True(device.ExitCode == 0, device.ToString());
        await using var consumer = new Consumer();
        await consumer.UpAsync();
        var config = new ProxyConfig(Ports.Free(), "/data", consumer.Url);
        await File.WriteAllTextAsync(Path.Combine(root, "edgeproxy.json"), config.ToJson());
        using var proxy = new ProxyProcess(config, "/edgeproxy.json");
        using var client = new WebhookClient(config.Port);

        await proxy.StartAsync("chroot", root, "/edgeproxy");
        Assert.Equal(200, await client.PostAsync(Updates.Message(1, 5, 1)));
        Assert.Empty(await consumer.MissingAsync([1], TimeSpan.FromSeconds(10)));
        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));
    }

    [RootFact]
    public async Task It_serves_a_webhook_inside_the_image()
    {
        var result = await Tool.RunAsync(TimeSpan.FromMinutes(5), "bash", Path.Combine(Binary.Root, "deploy", "check-image.sh"));
        output.WriteLine(result.ToString());
        Assert.Equal(0, result.ExitCode);
    }
}
