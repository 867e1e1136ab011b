namespace EdgeProxy.Simulator.Telegram;

/// <summary>A file that can be downloaded.</summary>
/// <param name="Id">file_id.</param>
/// <param name="Path">file_path.</param>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Content">Kept bytes of an upload; null when the content is generated from the id.</param>
internal sealed record FakeFile(string Id, string Path, long Bytes, byte[]? Content)
{
    public Stream Open() => Content is null ? new GeneratedStream(Id, Bytes) : new MemoryStream(Content, writable: false);
}
