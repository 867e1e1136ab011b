namespace EdgeProxy.Tests.Tidy;

/// <summary>The repository as plain text, without what is built, installed or generated.</summary>
internal static class SourceTree
{
    private static readonly string[] SkippedFolders = ["bin", "obj", "out", "data", "node_modules", ".git", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>Files below <paramref name="folder"/> whose name ends in one of <paramref name="endings"/> (all when none is given).</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings)
    {
        var start = Path.Combine(Root, folder);
        return Directory.Exists(start) ? Walk(start, endings) : [];
    }

    public static IEnumerable<string> Folders(string folder)
    {
        foreach (var child in Directory.EnumerateDirectories(Path.Combine(Root, folder)))
        {
            if (SkippedFolders.Contains(Path.GetFileName(child)))
                continue;
            yield return child;
            foreach (var below in Folders(child))
                yield return below;
        }
    }

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IEnumerable<string> Walk(string folder, string[] endings)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (endings.Length == 0 || endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)))
                yield return file;
        }

        foreach (var child in Directory.EnumerateDirectories(folder))
        {
            if (SkippedFolders.Contains(Path.GetFileName(child)))
                continue;
            foreach (var file in Walk(child, endings))
                yield return file;
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("no EdgeProxy.sln above the test binary");
    }
}
