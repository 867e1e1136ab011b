using System.Diagnostics;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>The published binary: EDGE_BINARY, or out/edgeproxy of this repository, which is published when it is missing.</summary>
internal static class EdgeBinary
{
    private static readonly SemaphoreSlim Gate = new(1);

    /// <summary>Another build to compare with: EDGE_BASELINE; null when nothing is named.</summary>
    public static string? Baseline => Environment.GetEnvironmentVariable("EDGE_BASELINE") is { Length: > 0 } named && File.Exists(named) ? named : null;

    public static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("EDGE_BINARY") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new LoadException($"EDGE_BINARY names {named}, and there is nothing");
        }

        string root = FindRoot();
        string path = Path.Combine(root, "out", "edgeproxy");
        await Gate.WaitAsync();
        try
        {
            if (!File.Exists(path)) await PublishAsync(root);
        }
        finally
        {
            Gate.Release();
        }

        return File.Exists(path) ? path : throw new LoadException("deploy/publish.sh left no out/edgeproxy");
    }

    private static async Task PublishAsync(string root)
    {
        Console.Error.WriteLine("publishing the proxy (deploy/publish.sh) ...");
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(root, "deploy", "publish.sh")) { WorkingDirectory = root })
            ?? throw new LoadException("deploy/publish.sh did not start");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new LoadException($"deploy/publish.sh failed with {process.ExitCode}");
    }

    /// <summary>The repository, for what the load tests start from it.</summary>
    public static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new LoadException("no EdgeProxy.sln above the load tests; name the binary in EDGE_BINARY");
    }
}
