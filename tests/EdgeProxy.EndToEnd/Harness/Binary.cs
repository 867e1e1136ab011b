namespace EdgeProxy.EndToEnd.Harness;

/// <summary>The published binary under test: EDGE_BINARY, or out/edgeproxy of this repository.</summary>
internal static class Binary
{
    public static string Root { get; } = FindRoot();

    public static string Path
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("EDGE_BINARY") is { Length: > 0 } named
                ? named
                : System.IO.Path.Combine(Root, "out", "edgeproxy");
            Assert.True(File.Exists(path), $"no binary at {path}: run deploy/publish.sh");
            return path;
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "EdgeProxy.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("no EdgeProxy.sln above the test binary");
    }
}
