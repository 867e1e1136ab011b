using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>The errors of the message API that more than one operation gives.</summary>
internal static class ApiProblems
{
    public static readonly Problem Unauthorized = new(
        StatusCodes.Status401Unauthorized, "The key is missing or unknown", "send Authorization: Bearer and a key of this installation", "Authorization");

    public static readonly Problem NotUtf8 = new(StatusCodes.Status400BadRequest, "The body is not valid JSON", "it is not UTF-8; send UTF-8");

    public static readonly Problem Unavailable = new(
        StatusCodes.Status503ServiceUnavailable, "Nothing was stored", "the disk does not take writes or too much waits for it; the same request again is safe")
    {
        RetryAfterS = Limits.ApiRetryAfterS,
    };

    /// <summary>A look-up while the cluster's database is away.</summary>
    public static readonly Problem Away = new(
        StatusCodes.Status503ServiceUnavailable, "The database is away", "nothing can be looked up for the moment; ask again")
    {
        RetryAfterS = Limits.ApiRetryAfterS,
    };

    public static readonly Problem NoMessage = new(
        StatusCodes.Status404NotFound, "There is no such message", "it never existed, or retention has removed it", "id");

    public static readonly Problem NoBroadcast = new(
        StatusCodes.Status404NotFound, "There is no such broadcast", "it never existed, or retention has removed it", "id");

    public static readonly Problem NoOperation = new(
        StatusCodes.Status404NotFound, "There is no such operation", "GET /openapi.json lists every path and its method");

    public static Problem TooLarge(long bytesMax) =>
        new(StatusCodes.Status413PayloadTooLarge, "The body is too large", $"it may have {bytesMax} bytes; files go as URL, file_id or multipart parts");

    public static Problem MediaType(string expected) =>
        new(StatusCodes.Status415UnsupportedMediaType, "The body has another type than expected", $"send {expected}", "Content-Type");

    public static Problem Field(string field, string detail) => new(StatusCodes.Status400BadRequest, "A field is wrong", detail, field);

    public static Problem Unknown(string field, string known) =>
        new(StatusCodes.Status400BadRequest, "A field is unknown", $"remove it or correct its name; known are {known}", field);

    public static Problem NotJson(JsonException exception) =>
        new(StatusCodes.Status400BadRequest, "The body is not valid JSON", $"see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");

    public static Problem MissingScope(ApiScope scope)
    {
        string word = scope.ToString().ToLowerInvariant();
        return new(StatusCodes.Status403Forbidden, "The key may not do this", $"it lacks the scope {word}; use a key that has it", "Authorization");
    }

    public static Problem ForeignBot(string bot) =>
        new(StatusCodes.Status403Forbidden, "The key may not do this", $"it does not serve the bot {bot}; use a key that does", "bot");
}
