using System.Globalization;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.BotApi;

/// <summary>The body of POST /v1/bots/{bot}/tokens, checked.</summary>
internal sealed record ClientTokenRequest(string Name, ClientTokenRights Rights, long? ExpiresUnixMs)
{
    /// <summary>The request, or what is wrong with it.</summary>
    public static ClientTokenRequest? Read(ReadOnlyMemory<byte> body, DateTimeOffset now, out Problem? problem)
    {
        string? name = null;
        List<string> methods = [], chats = [];
        long? expires = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return Refuse(out problem, "the body must be a JSON object", null);
            foreach (JsonProperty field in document.RootElement.EnumerateObject())
            {
                bool read = field.Name switch
                {
                    "name" => (name = Text(field.Value)) is not null,
                    "methods" => ReadList(field.Value, methods, numbers: false),
                    "chats" => ReadList(field.Value, chats, numbers: true),
                    "expires_at" => ReadTime(field.Value, out expires),
                    _ => false,
                };
                if (!read) return Refuse(out problem, Advice(field.Name), field.Name);
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The second: a text that is not Unicode.
            return Refuse(out problem, "the body is not valid JSON", null);
        }

        if (name is null || !IsName(name)) return Refuse(out problem, Advice("name"), "name");
        if (expires <= now.ToUnixTimeMilliseconds()) return Refuse(out problem, "lies in the past", "expires_at");
        ClientTokenRights? rights = ClientTokenRights.TryCreate(methods, chats, out (string Field, string Reason) error);
        if (rights is null) return Refuse(out problem, error.Reason, error.Field);
        problem = null;
        return new ClientTokenRequest(name, rights, expires);
    }

    private static string Advice(string field) => field switch
    {
        "name" => "must be a letter a–z and up to 63 more of a–z 0–9 _ -",
        "methods" => "must be a list of texts, such as [\"sendMessage\", \"get*\"]; leave it out for all",
        "chats" => "must be a list of chat ids or @names, such as [-1001234567890, \"@channel\"]; leave it out for all",
        "expires_at" => "must be a time such as \"2030-01-31T12:00:00Z\", or seconds since 1970; leave it out for no end",
        _ => "is not a field; name, methods, chats and expires_at are",
    };

    private static ClientTokenRequest? Refuse(out Problem? problem, string detail, string? field)
    {
        // The name of an unknown field is the caller's; it is told back, but not at length.
        if (field?.Length > Limits.MethodCharsMax) field = field[..Limits.MethodCharsMax];
        problem = new Problem(StatusCodes.Status400BadRequest, "Invalid client token request", detail, field);
        return null;
    }

    private static bool IsName(string name) => name.Length is >= 1 and <= 64 && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-');

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool ReadList(JsonElement value, List<string> list, bool numbers)
    {
        list.Clear();
        if (value.ValueKind == JsonValueKind.Null) return true;
        if (value.ValueKind != JsonValueKind.Array) return false;
        foreach (JsonElement item in value.EnumerateArray())
        {
            string? text = numbers && item.ValueKind == JsonValueKind.Number ? item.GetRawText() : Text(item);
            if (text is null) return false;
            list.Add(text);
        }

        return true;
    }

    private static bool ReadTime(JsonElement value, out long? unixMs)
    {
        unixMs = null;
        if (value.ValueKind == JsonValueKind.Null) return true;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long seconds) && seconds is > 0 and <= Limits.UnixSecondsMax)
        {
            unixMs = seconds * 1000;
            return true;
        }

        // Without an offset nobody knows which hour is meant.
        string? text = Text(value);
        bool hasOffset = text is not null && text.Length > 19 && (text.EndsWith('Z') || text[^6] is '+' or '-');
        if (!hasOffset || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time)) return false;
        unixMs = time.ToUnixTimeMilliseconds();
        return true;
    }
}
