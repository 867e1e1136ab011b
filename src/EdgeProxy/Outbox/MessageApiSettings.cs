using EdgeProxy.Bots;

namespace EdgeProxy.Outbox;

/// <summary>How the message API is set up.</summary>
internal sealed record MessageApiSettings
{
    /// <summary>Name of the setting that holds the secret, for the error that asks for it.</summary>
    public const string CallbackSecretName = "CallbackSecret";

    /// <summary>Signs status call-backs; empty: callback_url is refused.</summary>
    public ReadOnlyMemory<byte> CallbackSecret { get; init; }

    /// <summary>Messages may say transport mtproto.</summary>
    public bool HasMtproto { get; init; }

    /// <summary>Messages a second a bot may send, on the paid tier or not: what the time to a broadcast's end is reckoned with.</summary>
    public Func<Bot, bool, double> RatePerSecond { get; init; } = static (_, _) => 30;
}
