using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>The body of a decision: a flat JSON object of text, numbers and flags. Which names it may have is the operation's.</summary>
internal sealed class DecisionRequest
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);

    /// <summary>The fields as text, in the order they came.</summary>
    public IEnumerable<KeyValuePair<string, string>> Fields => _fields;

    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads the body; an empty one has no fields.</summary>
    public static async Task<(DecisionRequest Request, Problem? Problem)> ReadAsync(HttpContext context, IReadOnlyList<string> known)
    {
        var request = new DecisionRequest();
        (byte[] body, Problem? problem) = await ApiBody.ReadAsync(context, Limits.DecisionBytesMax);
        if (problem is not null || body.Length == 0) return (request, problem);
        if (ApiBody.MediaType(context) != "application/json") return (request, ApiProblems.MediaType("application/json"));
        if (!Utf8.IsValid(body)) return (request, ApiProblems.NotUtf8);
        try
        {
            return (request, request.Read(body, known));
        }
        catch (JsonException exception)
        {
            return (request, ApiProblems.NotJson(exception));
        }
    }

    private Problem? Read(ReadOnlySpan<byte> body, IReadOnlyList<string> known)
    {
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new Problem(StatusCodes.Status400BadRequest, "The body is not a JSON object", "send an object, or no body where none is needed");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = JsonCopy.Text(ref reader) ?? "(a name)";
            if (!known.Contains(name)) return ApiProblems.Unknown(name, known.Count == 0 ? "none" : string.Join(", ", known));
            reader.Read();
            if (Text(ref reader) is not { } text) return ApiProblems.Field(name, "must be text, a number or true or false");
            if (!_fields.TryAdd(name, text)) return ApiProblems.Field(name, "is given twice; give it once");
        }

        reader.Read();
        return null;
    }

    // A list of words, as status may be written, becomes "one,two".
    private static string? Text(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return JsonCopy.Text(ref reader);
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long number) ? number.ToString(CultureInfo.InvariantCulture) : null;
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
            case JsonTokenType.StartArray:
                var words = new List<string>();
                while (reader.Read() && reader.TokenType == JsonTokenType.String) words.Add(JsonCopy.Text(ref reader) ?? "");
                return reader.TokenType == JsonTokenType.EndArray ? string.Join(',', words) : null;
            default:
                return null;
        }
    }
}
