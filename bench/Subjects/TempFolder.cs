namespace EdgeProxy.Bench.Subjects;

/// <summary>A folder for as long as something is measured in it. TMPDIR decides on which disk.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("edge-bench-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
