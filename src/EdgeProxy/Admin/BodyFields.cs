using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// One JSON object of a request, read strictly: every reading method names its field as known, the first that is wrong is kept, and <see cref="End"/>
/// refuses what nobody asked for. null is the same as absent, but where a method says otherwise.
/// </summary>
internal sealed class BodyFields
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly List<Problem> _problems;
    private readonly List<string> _known = [];

    private BodyFields(JsonElement element, string path, List<Problem> problems) => (_object, _path, _problems) = (element, path, problems);

    /// <summary>Null when the body is no JSON object; then the problem says so.</summary>
    public static BodyFields? Parse(ReadOnlyMemory<byte> body, out Problem? problem)
    {
        problem = null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Limits.JsonDepthMax });
            if (json.RootElement.ValueKind == JsonValueKind.Object) return new BodyFields(json.RootElement.Clone(), "", []);
            problem = AdminProblems.NotAnObject;
        }
        catch (JsonException error)
        {
            problem = new Problem(400, "The body is not valid JSON", $"see line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}");
        }

        return null;
    }

    public bool Has(string name) => Find(name, out _);

    /// <summary>Whether it is there and null.</summary>
    public bool IsNull(string name) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    public string? Text(string name, int charsMax, bool required = false)
    {
        if (!Find(name, out JsonElement value)) return required ? Wrong<string>(name, "is missing") : null;
        if (value.ValueKind != JsonValueKind.String) return Wrong<string>(name, "must be text");
        string? text = null;
        try
        {
            text = value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
        }

        if (text is null) return Wrong<string>(name, "is no valid text: half of a character is missing");
        if (required && text.Trim().Length == 0) return Wrong<string>(name, "is empty");
        return text.Length <= charsMax ? text : Wrong<string>(name, $"has over {charsMax} characters");
    }

    public bool? Flag(string name)
    {
        if (!Find(name, out JsonElement value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Wrong<string>(name, "must be true or false");
        return null;
    }

    public long? Integer(string name, long min, long max, bool required = false)
    {
        if (!Find(name, out JsonElement value))
        {
            if (required) Wrong<string>(name, "is missing");
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= min && number <= max) return number;
        Wrong<string>(name, $"must be a whole number from {min} to {max}");
        return null;
    }

    /// <summary>A number or text: chats are written both ways.</summary>
    public string? Chat(string name, bool required = false)
    {
        if (!Find(name, out JsonElement value)) return required ? Wrong<string>(name, "is missing") : null;
        string text = value.ValueKind is JsonValueKind.Number ? value.GetRawText() : value.ValueKind == JsonValueKind.String ? value.ToString() : "";
        return SidecarPath.IsChat(text) ? text : Wrong<string>(name, "must be a chat's number as the Bot API writes it, or @username");
    }

    /// <summary>Objects of a list; empty when it is absent.</summary>
    public List<BodyFields> Objects(string name, int max)
    {
        var list = new List<BodyFields>();
        if (!Find(name, out JsonElement value)) return list;
        if (value.ValueKind != JsonValueKind.Array) Wrong<string>(name, "must be a list of objects");
        else if (value.GetArrayLength() > max) Wrong<string>(name, $"has over {max} entries");
        else
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                string path = $"{_path}{name}[{list.Count}].";
                if (item.ValueKind != JsonValueKind.Object) Wrong<string>(name, "must be a list of objects");
                else list.Add(new BodyFields(item, path, _problems));
            }
        }

        return list;
    }

    /// <summary>Words of a list, each one of <paramref name="allowed"/>; null when it is absent.</summary>
    public List<string>? Words(string name, IReadOnlyList<string> allowed)
    {
        if (!Find(name, out JsonElement value)) return null;
        var list = new List<string>();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                string word = item.ToString();
                if (allowed.Contains(word) && !list.Contains(word)) list.Add(word);
                else return Wrong<List<string>>(name, $"must be a list of different words of: {string.Join(", ", allowed)}");
            }

            return list;
        }

        return Wrong<List<string>>(name, $"must be a list of words of: {string.Join(", ", allowed)}");
    }

    /// <summary>The first thing that was wrong in the whole body; null when nothing was.</summary>
    public Problem? End(params ReadOnlySpan<BodyFields> inner)
    {
        foreach (BodyFields fields in inner) fields.RefuseRest();
        RefuseRest();
        return _problems.Count == 0 ? null : _problems[0];
    }

    /// <summary>Says that a field is wrong for a reason of its caller's own.</summary>
    public T? Wrong<T>(string name, string detail)
        where T : class
    {
        _problems.Add(AdminProblems.Field(_path + name, detail));
        return null;
    }

    private void RefuseRest()
    {
        foreach (JsonProperty member in _object.EnumerateObject())
        {
            if (!_known.Contains(member.Name)) _problems.Add(AdminProblems.Unknown(_path + member.Name, string.Join(", ", _known)));
        }
    }

    private bool Find(string name, out JsonElement value)
    {
        if (!_known.Contains(name)) _known.Add(name);
        return _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }
}
