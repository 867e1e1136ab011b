namespace EdgeProxy.Telegram;

/// <summary>
/// What a call carries to Telegram. A call is always POSTed with a content, even an empty one: .NET repeats a request without content by
/// itself when a kept connection ends under it, and Telegram would then act twice.
/// </summary>
internal abstract class CallBody
{
    public abstract CallEncoding Encoding { get; }

    /// <summary>The content can be made again for another attempt. False for an upload that is streamed from its caller.</summary>
    public abstract bool CanResend { get; }

    /// <summary>The content of one attempt.</summary>
    /// <exception cref="InvalidOperationException">A second attempt although <see cref="CanResend"/> is false.</exception>
    public abstract HttpContent CreateContent();

    /// <summary>The same body addressed to another chat, after a migration; null when that cannot be written (a streamed upload).</summary>
    public abstract CallBody? WithChatId(long chatId);
}
