using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>What reading a request gave.</summary>
/// <param name="Refusal">Why there is no call.</param>
/// <param name="Call">The call; null when refused. Its body may be disposable.</param>
/// <param name="HeldBytes">Of it in memory, to be given back to the reader with the call's end.</param>
internal readonly record struct CallRead(CallRefusal Refusal, OutgoingCall? Call, long HeldBytes)
{
    public static CallRead Refused(CallRefusal refusal) => new(refusal, null, 0);
}
