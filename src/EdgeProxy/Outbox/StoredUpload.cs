namespace EdgeProxy.Outbox;

/// <summary>A file that waits on disk for its message.</summary>
/// <param name="Part">Name of the multipart part.</param>
/// <param name="FileName">As the uploader called it.</param>
/// <param name="ContentType">As the uploader said; null when he did not.</param>
/// <param name="Path">Relative to the outbox's upload folder.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record StoredUpload(string Part, string FileName, string? ContentType, string Path, long Bytes)
{
    /// <summary>Of its bytes, while the request is compared with an earlier one under its key; not stored.</summary>
    public ReadOnlyMemory<byte> Sha256 { get; init; }
}
