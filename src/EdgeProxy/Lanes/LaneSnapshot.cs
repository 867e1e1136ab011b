namespace EdgeProxy.Lanes;

/// <summary>One bot's lanes at a moment, for metrics and health.</summary>
/// <param name="Bot">Name.</param>
/// <param name="Waiting">Calls that wait, by priority: interactive, normal, bulk.</param>
/// <param name="InFlight">Granted and not yet back.</param>
/// <param name="Lanes">Chats that are remembered.</param>
/// <param name="ClosedChats">Chats that a 429 holds back.</param>
/// <param name="BotClosedMs">How long the whole bot is still held back, milliseconds; 0 when open.</param>
/// <param name="StarsToday">Stars that paid broadcasting has cost since midnight UTC, estimated.</param>
internal readonly record struct LaneSnapshot(
    string Bot, (int Interactive, int Normal, int Bulk) Waiting, int InFlight, int Lanes, int ClosedChats, long BotClosedMs, double StarsToday);
