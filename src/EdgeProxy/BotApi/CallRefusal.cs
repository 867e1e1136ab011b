namespace EdgeProxy.BotApi;

/// <summary>Why a request's body made no call. Nothing was sent.</summary>
internal enum CallRefusal : byte
{
    None,

    /// <summary>A call without a file over Limits.CallBytesMax, or an upload over Limits.UploadRequestBytesMax.</summary>
    TooLarge,

    /// <summary>The body came more slowly than Limits.CallBodyBytesPerSecondMin.</summary>
    TooSlow,

    /// <summary>multipart/form-data without a boundary that can be used.</summary>
    NoBoundary,

    /// <summary>Not multipart/form-data, and too long to let Telegram word it.</summary>
    BadMultipart,

    /// <summary>Content-Encoding is given: bodies are not unpacked here.</summary>
    Encoded,

    /// <summary>No room on disk for an upload whose chat_id comes behind its file. Safe to send again.</summary>
    NoSpool,

    /// <summary>Limits.CallBytesHeldMax is reached. Safe to send again.</summary>
    NoRoom,

    /// <summary>The body broke off or is badly framed: nothing more can be read from this connection, and nobody waits for an answer.</summary>
    Broken,
}
