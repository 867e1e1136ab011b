using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>The errors of the admin API.</summary>
internal static class AdminProblems
{
    public static readonly Problem Unauthorized = new(
        StatusCodes.Status401Unauthorized, "The key is missing or unknown", "send Authorization: Bearer and a key of this installation", "Authorization");

    public static readonly Problem MissingScope = new(
        StatusCodes.Status403Forbidden, "The key may not do this", "it lacks the scope admin; use a key that has it", "Authorization");

    public static readonly Problem Off = new(
        StatusCodes.Status501NotImplemented,
        "MTProto is not configured",
        "set Mtproto:Bundle, Mtproto:KeyFile, Mtproto:ApiId and Mtproto:ApiHashFile to have EdgeProxy run the MTProto process, or Mtproto:Url (or "
            + "Mtproto:Socket) of one that runs; then restart");

    public static readonly Problem Unreachable = new(
        StatusCodes.Status503ServiceUnavailable, "The MTProto process cannot be reached", "nothing was done; /healthz says why, the same request again is safe")
    {
        RetryAfterS = Limits.SidecarRetryAfterS,
    };

    public static readonly Problem Lost = new(
        StatusCodes.Status504GatewayTimeout, "Nobody knows whether it was done", "the MTProto process gave no answer; look before you repeat it");

    public static readonly Problem BadGateway = new(
        StatusCodes.Status502BadGateway, "The MTProto process does not know EdgeProxy", "Mtproto:Secret is not the one it was started with");

    public static readonly Problem Unavailable = new(
        StatusCodes.Status503ServiceUnavailable, "Nothing was stored", "the disk does not take writes or too much waits for it; the same request again is safe")
    {
        RetryAfterS = Limits.ApiRetryAfterS,
    };

    public static readonly Problem Full = new(
        StatusCodes.Status429TooManyRequests, "The account has too many open jobs", $"at most {Limits.AdminOpenJobsMax}; wait for some to end or cancel some")
    {
        RetryAfterS = 60,
    };

    public static readonly Problem NoJob = new(StatusCodes.Status404NotFound, "There is no such job", "it never existed, or retention has removed it", "id");

    public static readonly Problem NoKey = new(
        StatusCodes.Status400BadRequest,
        "The Idempotency-Key is missing",
        $"send 1 to {Limits.IdempotencyKeyCharsMax} characters of visible ASCII without spaces, such as a UUID: the same request under it is done once",
        "Idempotency-Key");

    public static readonly Problem NotAnObject = new(StatusCodes.Status400BadRequest, "The body is not a JSON object", "send one, as /openapi.json describes");

    public static Problem Busy(string what) => new(StatusCodes.Status503ServiceUnavailable, what, "others are under way; try again later")
    {
        RetryAfterS = 5,
    };

    public static Problem KeyTaken(AdminJobId id) => new(
        StatusCodes.Status409Conflict,
        "The Idempotency-Key is taken",
        $"another request came under it and became job {id}; repeat that request as it was, or use a new key for this one",
        "Idempotency-Key");

    public static Problem Field(string field, string detail) => new(StatusCodes.Status400BadRequest, "A field is wrong", detail, field);

    public static Problem Unknown(string field, string known) =>
        new(StatusCodes.Status400BadRequest, "A field is unknown", $"remove it or correct its name; known are {known}", field);

    public static Problem TooLarge(long bytesMax) => new(StatusCodes.Status413PayloadTooLarge, "The body is too large", $"it may have {bytesMax} bytes");
}
