using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>A call that was let in, before its body is read.</summary>
/// <param name="Bot">Whose token goes to Telegram.</param>
/// <param name="Method">What is called.</param>
/// <param name="TestEnvironment">Of Telegram's test servers.</param>
/// <param name="Priority">As the caller wants it.</param>
/// <param name="Rights">Of a client token; null with the bot's own, which may do everything.</param>
/// <param name="IdempotencyKey">Null when none is given, or the method sends nothing.</param>
internal sealed record CallAdmission(
    Bot Bot, ApiMethod Method, bool TestEnvironment, LanePriority Priority, ClientTokenRights? Rights, string? IdempotencyKey)
{
    /// <summary>The bot's token, when the caller holds another one and must not learn it.</summary>
    public BotToken? Hidden => Rights is null ? null : Bot.Token;

    /// <summary>Every part of a body must be known before it goes anywhere; null when not.</summary>
    public PartWitness? Witness() => IdempotencyKey is not null || Rights is { HasChatScope: true } ? new PartWitness(Method, TestEnvironment) : null;
}
