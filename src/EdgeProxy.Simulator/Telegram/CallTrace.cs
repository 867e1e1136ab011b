using EdgeProxy.Simulator.Control;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// One thing that happened to a call at the fake Telegram. A call whose connection is cut after it took effect makes two: its effect, then the cut.
/// </summary>
/// <param name="BotId">Number before the colon of the token.</param>
/// <param name="Method">Lower case.</param>
/// <param name="ChatId">0 when the call has none or was not read.</param>
/// <param name="Text">text or caption; empty when the call was not read.</param>
/// <param name="Fault">The fault that ended it below the Bot API (5xx, reset, close); null when the Bot API answered.</param>
/// <param name="Status">HTTP status; 0 when the connection was cut.</param>
/// <param name="AtUnixMs">When, Unix milliseconds.</param>
internal sealed record CallTrace(long BotId, string Method, long ChatId, string Text, FaultKind? Fault, int Status, long AtUnixMs);
