namespace EdgeProxy.Simulator.Telegram;

/// <summary>What became of the calls to one chat.</summary>
/// <param name="BotId">Number before the colon of the token.</param>
/// <param name="ChatId">Signed id, as in the Bot API.</param>
/// <param name="Sends">Accepted calls.</param>
/// <param name="Messages">Messages of the accepted calls: an album counts its items.</param>
/// <param name="Floods">429 answers by limits.</param>
internal sealed record ChatCounts(long BotId, long ChatId, int Sends, long Messages, int Floods);
