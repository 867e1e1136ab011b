using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace EdgeProxy.Outbox;

/// <summary>
/// Copies JSON values with every character kept and every escape rewritten the same way, so that two spellings of one text become the same bytes.
/// Numbers stay as they were written.
/// </summary>
internal static class JsonCopy
{
    /// <summary>
    /// Copies the value the reader stands on and leaves the reader on its last token. False when a string in it has half a surrogate pair
    /// (\ud83d alone): no text has such a character, and Telegram would refuse or replace it.
    /// </summary>
    public static bool TryCopy(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        int depth = reader.CurrentDepth;
        do
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    if (!TryCopyString(ref reader, writer)) return false;
                    break;
                default:
                    writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                    break;
            }

            if (reader.CurrentDepth == depth && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return true;
        }
        while (reader.Read());
        return true;
    }

    /// <summary>The string or name the reader stands on; null when it has half a surrogate pair.</summary>
    public static string? Text(ref Utf8JsonReader reader) => reader.ValueIsEscaped && !ArePaired(reader.ValueSpan) ? null : reader.GetString();

    /// <summary>Whether every \uD800–\uDFFF escape of a valid JSON string stands in a pair.</summary>
    public static bool ArePaired(ReadOnlySpan<byte> escaped)
    {
        bool open = false;
        for (int at = 0; at < escaped.Length;)
        {
            int unit = 0;
            int length = 1;
            if (escaped[at] == '\\')
            {
                length = escaped[at + 1] == 'u' ? 6 : 2;
                if (length == 6) unit = int.Parse(escaped.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            }

            bool low = unit is >= 0xDC00 and <= 0xDFFF;
            if (low != open) return false;
            open = unit is >= 0xD800 and <= 0xDBFF;
            at += length;
        }

        return !open;
    }

    private static bool TryCopyString(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        bool name = reader.TokenType == JsonTokenType.PropertyName;
        if (!reader.ValueIsEscaped)
        {
            if (name) writer.WritePropertyName(reader.ValueSpan);
            else writer.WriteStringValue(reader.ValueSpan);
            return true;
        }

        if (!ArePaired(reader.ValueSpan)) return false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        int length = reader.CopyString(buffer);
        if (name) writer.WritePropertyName(buffer.AsSpan(0, length));
        else writer.WriteStringValue(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return true;
    }
}
