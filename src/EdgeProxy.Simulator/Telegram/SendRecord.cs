namespace EdgeProxy.Simulator.Telegram;

/// <summary>One accepted send.</summary>
/// <param name="Number">Rises by one with each accepted send of the server, from 1.</param>
/// <param name="BotId">Number before the colon of the token.</param>
/// <param name="Method">Lower case.</param>
/// <param name="ChatId">Signed id, as in the Bot API.</param>
/// <param name="ChatNumber">Order of arrival among the accepted sends of the chat, from 1.</param>
/// <param name="MessageId">First message id of the send; 0 when none is made.</param>
/// <param name="Weight">Messages that it counts as: the items of an album, the ids of a copy.</param>
/// <param name="AtUnixMs">When it was accepted, Unix milliseconds.</param>
/// <param name="Text">text or caption, cut to the bytes that are kept; a test puts its marker there.</param>
/// <param name="Sha256">Lower-case hex over the whole UTF-8 text and the hashes of the files.</param>
/// <param name="FileBytes">Sum of uploaded bytes.</param>
internal sealed record SendRecord(
    long Number, long BotId, string Method, long ChatId, int ChatNumber, long MessageId, int Weight, long AtUnixMs, string Text, string Sha256,
    long FileBytes);
