namespace EdgeProxy.Fanout;

/// <summary>One subscription's state at the moment of a flush.</summary>
/// <param name="Key">The subscription's cursor key.</param>
/// <param name="Position">Read position.</param>
/// <param name="Low">Lowest position that is still needed.</param>
/// <param name="Disabled">It needs nothing of the journal until a restart.</param>
/// <param name="Blob">CursorCodec's bytes.</param>
internal sealed record CursorCapture(string Key, long Position, long Low, bool Disabled, byte[] Blob);
