namespace EdgeProxy.Tests.BotApi;

/// <summary>Bytes of which nobody knows beforehand how many there are, so that a request with them is chunked.</summary>
internal sealed class NoLengthStream(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;
}
