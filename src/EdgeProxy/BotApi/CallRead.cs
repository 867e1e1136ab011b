using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>What reading a request gave.</summary>
/// <param name="Refusal">Why there is no call.</param>
/// <param name="Call">The call; null when refused. Its body may be disposable.</param>
internal readonly record struct CallRead(CallRefusal Refusal, OutgoingCall? Call)
{
    public static CallRead Refused(CallRefusal refusal) => new(refusal, null);
}
