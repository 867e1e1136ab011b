namespace EdgeProxy.Tests.Telegram;

/// <summary>The real-shaped updates of the simulator, read from the source tree.</summary>
internal static class Samples
{
    private static readonly string Updates = Path.Combine("src", "EdgeProxy.Simulator", "updates");

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder(), name));

    public static IEnumerable<string> Names() => Directory.GetFiles(Folder(), "*.json").Select(path => Path.GetFileName(path)!).Order();

    private static string Folder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "EdgeProxy.sln"))) return Path.Combine(at.FullName, Updates);
        }

        throw new DirectoryNotFoundException("EdgeProxy.sln is in no parent of " + AppContext.BaseDirectory);
    }
}
