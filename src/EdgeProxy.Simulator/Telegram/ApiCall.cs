using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>A call of a Bot API method: its parameters as text, whatever the form they came in, and its files.</summary>
internal sealed class ApiCall(string method)
{
    /// <summary>Lower case: method names are case-insensitive.</summary>
    public string Method { get; } = method.ToLowerInvariant();

    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);
    public List<UploadedFile> Files { get; } = [];

    public string Text(string name) => Values.GetValueOrDefault(name, "");

    public bool Has(string name) => Text(name).Length > 0;

    public bool Flag(string name) => Text(name) is "true" or "True" or "1" or "yes";

    public long Number(string name, long otherwise) =>
        long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : otherwise;

    /// <summary>A parameter that is a JSON array; null when it is absent or something else.</summary>
    public JsonArray? Array(string name)
    {
        try
        {
            return Has(name) ? JsonNode.Parse(Text(name)) as JsonArray : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public UploadedFile? File(string field) => Files.Find(file => file.Field == field);

    /// <summary>Adds the members of a JSON object. False when the JSON is not one, or a string in it is not valid Unicode.</summary>
    public bool TryAddJson(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                Values[property.Name] = property.Value.ValueKind == JsonValueKind.String
                    ? property.Value.GetString()!
                    : property.Value.GetRawText();
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
