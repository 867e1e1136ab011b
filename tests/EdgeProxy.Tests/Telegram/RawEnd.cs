namespace EdgeProxy.Tests.Telegram;

/// <summary>How a <see cref="RawServer"/> goes on.</summary>
internal enum RawEnd
{
    /// <summary>Reads the next request.</summary>
    Keep,

    /// <summary>FIN.</summary>
    Close,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Says nothing more.</summary>
    Silence,
}
