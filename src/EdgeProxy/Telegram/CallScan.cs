namespace EdgeProxy.Telegram;

/// <summary>Finds in a call's parameters what the lanes need: chat_id or inline_message_id, the weight, allow_paid_broadcast. Never throws.</summary>
internal static class CallScan
{
    /// <summary>
    /// The call of a JSON object. Numbers may be strings and arrays may be JSON strings, as Telegram allows. A body that is not one JSON object still
    /// makes a call, without a chat: Telegram words the refusal.
    /// </summary>
    public static OutgoingCall Json(ApiMethod method, ReadOnlyMemory<byte> body) =>
        new() { Method = method, Body = new BufferedBody(CallEncoding.Json, body, "application/json") };

    /// <summary>The call of an application/x-www-form-urlencoded body or a query string without its question mark.</summary>
    public static OutgoingCall Form(ApiMethod method, ReadOnlyMemory<byte> body) =>
        new() { Method = method, Body = new BufferedBody(CallEncoding.Form, body, "application/x-www-form-urlencoded") };
}
