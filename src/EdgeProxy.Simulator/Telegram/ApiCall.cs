using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>A call of a Bot API method: its parameters as text, whatever the form they came in, and its files.</summary>
internal sealed class ApiCall(string method)
{
    /// <summary>Lower case: method names are case-insensitive.</summary>
    public string Method { get; } = MethodNames.Canonical(method);

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
    public bool TryAddJson(in ReadOnlySequence<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = NameOf(ref reader);
                reader.Read();
                Values[name] = ValueOf(ref reader, json);
            }

            // Whatever follows the object is an error that this read throws.
            return !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string ValueOf(ref Utf8JsonReader reader, in ReadOnlySequence<byte> json)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString()!;
        }

        long start = reader.TokenStartIndex;
        reader.Skip();
        return Encoding.UTF8.GetString(json.Slice(start, reader.BytesConsumed - start));
    }

    private static string NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("chat_id"u8) ? "chat_id" : reader.ValueTextEquals("text"u8) ? "text" : reader.GetString()!;
}
