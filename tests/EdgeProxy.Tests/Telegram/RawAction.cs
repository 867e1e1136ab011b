namespace EdgeProxy.Tests.Telegram;

/// <summary>What a <see cref="RawServer"/> does after a request.</summary>
/// <param name="Answer">The bytes it answers with; null for none.</param>
/// <param name="End">What becomes of the connection.</param>
internal readonly record struct RawAction(string? Answer, RawEnd End);
