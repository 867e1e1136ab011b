namespace EdgeProxy.Simulator.Telegram;

/// <summary>A file that came in a multipart body.</summary>
/// <param name="Field">Name of the form field.</param>
/// <param name="FileName">Name that the client gave it.</param>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Sha256">Lower-case hex of its content.</param>
/// <param name="Content">The content when it was small enough to keep.</param>
internal sealed record UploadedFile(string Field, string FileName, long Bytes, string Sha256, byte[]? Content);
