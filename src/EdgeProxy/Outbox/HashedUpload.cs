namespace EdgeProxy.Outbox;

/// <summary>A file that a request brought, on disk.</summary>
/// <param name="File">Where it is and what it is called.</param>
/// <param name="Sha256">Of its bytes: part of what makes two requests the same.</param>
internal sealed record HashedUpload(StoredUpload File, ReadOnlyMemory<byte> Sha256);
