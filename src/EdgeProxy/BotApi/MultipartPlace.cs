namespace EdgeProxy.BotApi;

/// <summary>Where in a multipart body the next byte stands.</summary>
internal enum MultipartPlace : byte
{
    /// <summary>Before the first delimiter, where nothing else may stand.</summary>
    Start,

    /// <summary>Behind a delimiter: CRLF begins a part, "--" ends the body.</summary>
    Delimited,
    Headers,

    /// <summary>The value of a part without a file name.</summary>
    Value,

    /// <summary>The content of a part with a file name.</summary>
    File,

    /// <summary>Behind the last delimiter; what follows is no one's.</summary>
    End,

    /// <summary>Not multipart/form-data as Telegram reads it, or beyond a bound.</summary>
    Failed,
}
