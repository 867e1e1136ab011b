namespace EdgeProxy.Fanout;

/// <summary>What is stored of a subscription: enough to deliver everything unfinished and nothing that was acknowledged.</summary>
/// <param name="Position">Where reading goes on.</param>
/// <param name="GoneSinceUnixMs">First 410 of an unbroken row of them; 0 when the last answer was another.</param>
/// <param name="Disabled">Stopped by the 410 rule.</param>
/// <param name="Outstanding">Positions below Position that are not finished, ascending.</param>
/// <param name="Parked">Keys among them that fail.</param>
internal sealed record CursorRow(long Position, long GoneSinceUnixMs, bool Disabled, long[] Outstanding, ParkedKey[] Parked);
