using System.Globalization;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>Which answer a caller gets. Telegram's own goes on unchanged; the others have its shape, and say whether sending again is safe.</summary>
internal static class CallReplies
{
    /// <summary>A path that no method has; of a method's name Telegram says more.</summary>
    public static readonly CallReply NotFound = CallReply.Plain(StatusCodes.Status404NotFound, "Not Found", "not_found");
    public static readonly CallReply NoMethod = CallReply.Plain(StatusCodes.Status404NotFound, "Not Found: method not found", "not_found");
    public static readonly CallReply Unauthorized = CallReply.Plain(StatusCodes.Status401Unauthorized, "Unauthorized", "unauthorized");
    public static readonly CallReply WrongVerb = CallReply.Plain(StatusCodes.Status405MethodNotAllowed, "Method Not Allowed", "wrong_verb");

    public static readonly CallReply Owned = CallReply.Own(
        StatusCodes.Status409Conflict,
        "Conflict: EdgeProxy receives this bot's updates; add a subscription for this program, or set the bot's Mode to off",
        "owned");

    public static readonly CallReply WrongPriority = CallReply.Own(
        StatusCodes.Status400BadRequest, "Bad Request: X-Edge-Priority must be interactive, normal or bulk", "wrong_priority");

    public static readonly CallReply WrongKey = CallReply.Own(
        StatusCodes.Status400BadRequest, "Bad Request: Idempotency-Key must have 1 to 200 visible ASCII characters", "wrong_key");

    public static readonly CallReply KeyConflict = CallReply.Own(
        StatusCodes.Status409Conflict, "Conflict: this Idempotency-Key was used with another call; nothing was sent", "key_conflict");

    public static readonly CallReply KeysUnavailable = CallReply.Own(
        StatusCodes.Status503ServiceUnavailable,
        "Service Unavailable: the Idempotency-Key cannot be stored now; nothing was sent, sending it again is safe",
        "keys_unavailable",
        Limits.UploadRetryAfterS);

    /// <summary>A client token does not reach so far.</summary>
    public static CallReply OutOfScope(string reason) => CallReply.Own(StatusCodes.Status403Forbidden, "Forbidden: " + reason, "out_of_scope");

    /// <summary>The call left us and nobody knows its end.</summary>
    public static CallReply Doubt(ApiMethod method) => CallReply.Own(
        StatusCodes.Status504GatewayTimeout,
        method.Kind == MethodKind.Free
            ? "Gateway Timeout: no answer from Telegram; nobody knows whether the call took effect; it was not repeated"
            : "Gateway Timeout: no answer from Telegram; nobody knows whether the message was sent; it was not repeated",
        "unknown");

    /// <summary>The answer to a body that made no call; null when nobody waits for one.</summary>
    public static CallReply? Of(CallRefusal refusal) => refusal switch
    {
        CallRefusal.TooLarge => CallReply.Plain(StatusCodes.Status413PayloadTooLarge, "Request Entity Too Large", "too_large"),
        CallRefusal.TooSlow => CallReply.Own(
            StatusCodes.Status408RequestTimeout, "Request Timeout: the body came too slowly; nothing was sent", "too_slow"),
        CallRefusal.NoBoundary => CallReply.Plain(
            StatusCodes.Status400BadRequest, "Bad Request: boundary in multipart/form-data is not specified", "bad_request"),
        CallRefusal.BadMultipart => CallReply.Plain(StatusCodes.Status400BadRequest, "Bad Request: can't parse multipart/form-data", "bad_request"),
        CallRefusal.Encoded => CallReply.Plain(
            StatusCodes.Status415UnsupportedMediaType, "Unsupported Media Type: unsupported content-encoding", "bad_request"),
        CallRefusal.NoSpool => CallReply.Own(
            StatusCodes.Status503ServiceUnavailable,
            "Service Unavailable: no room for an upload whose chat_id comes behind its file; put chat_id first, or try again later",
            "no_spool",
            Limits.UploadRetryAfterS),
        _ => null,
    };

    /// <summary>The answer to a call that went through the lanes; null when nobody waits for one.</summary>
    public static CallReply? Of(in SendResult result, OutgoingCall call) => result.Outcome switch
    {
        // A caller who is gone gets nothing anyway; one who is not was sent away because we stop.
        SendOutcome.Abandoned => CallReply.Own(
            StatusCodes.Status503ServiceUnavailable, "Service Unavailable: not sent: EdgeProxy is stopping; send it again", "stopping", 1),
        SendOutcome.RetryAfter when result.Reply.Status != StatusCodes.Status429TooManyRequests => TooMany(result.RetryAfterS, "retry_after"),
        SendOutcome.LaneFull => TooMany(result.RetryAfterS, "lane_full"),
        SendOutcome.Suppressed => CallReply.Own(
            StatusCodes.Status403Forbidden,
            "Forbidden: not sent: the chat has blocked the bot and was not heard from since; only bulk is held back",
            "suppressed"),
        SendOutcome.NotSent => NotSent(result.Reply.Description),
        SendOutcome.Unknown => Doubtful(call),
        _ when result.Reply.Status > 0 => CallReply.Telegrams(result.Reply),
        _ => result.Reply.NotSent ? NotSent(result.Reply.Description) : Doubtful(call),
    };

    private static CallReply TooMany(int retryAfterS, string outcome)
    {
        int waitS = Math.Max(1, retryAfterS);
        string description = string.Create(CultureInfo.InvariantCulture, $"Too Many Requests: retry after {waitS}");
        return CallReply.Own(StatusCodes.Status429TooManyRequests, description, outcome, waitS);
    }

    private static CallReply NotSent(string? reason)
    {
        string why = reason is null ? "not sent" : reason.StartsWith("not sent", StringComparison.Ordinal) ? reason : "not sent: " + reason;
        return CallReply.Own(StatusCodes.Status502BadGateway, $"Bad Gateway: {why}; sending it again is safe", "not_sent");
    }

    // An upload that was cut off before its last byte cannot have been taken, so there is no doubt about it.
    private static CallReply? Doubtful(OutgoingCall call) => call.Body switch
    {
        StreamedBody { IsWhole: false, Failure: CallRefusal.None } => NotSent("the upload was cut off before its end"),
        StreamedBody { IsWhole: false } cut => Of(cut.Failure),
        _ => Doubt(call.Method),
    };
}
