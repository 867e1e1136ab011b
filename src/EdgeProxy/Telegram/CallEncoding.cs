namespace EdgeProxy.Telegram;

/// <summary>How a call's parameters are written (Bot API, "Making requests").</summary>
internal enum CallEncoding : byte
{
    /// <summary>No parameters.</summary>
    None,
    Json,

    /// <summary>application/x-www-form-urlencoded; a query string is sent on as this.</summary>
    Form,
    Multipart,
}
