using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>Reads request bodies of the message API, each within its bound.</summary>
internal static class ApiBody
{
    /// <summary>The media type without parameters, in lower case; empty when there is none.</summary>
    public static string MediaType(HttpContext context)
    {
        string type = context.Request.ContentType ?? "";
        int end = type.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? type : type[..end]).Trim().ToLowerInvariant();
    }

    /// <summary>The whole body, or a problem when it is over the bound.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<(byte[] Bytes, Problem? Problem)> ReadAsync(HttpContext context, int bytesMax) =>
        await BoundedBody.ReadAsync(context, bytesMax) is { } bytes ? (bytes, null) : ([], ApiProblems.TooLarge(bytesMax));

    /// <summary>The fields of a form as one JSON object of strings, so that one reader reads both. Null when the form is not UTF-8.</summary>
    public static byte[]? FormToJson(ReadOnlySpan<byte> form)
    {
        var fields = new List<(string, string)>();
        foreach (Range range in form.Split((byte)'&'))
        {
            ReadOnlySpan<byte> pair = form[range];
            if (pair.IsEmpty) continue;
            int equals = pair.IndexOf((byte)'=');
            string? name = Decode(equals < 0 ? pair : pair[..equals]);
            string? value = Decode(equals < 0 ? [] : pair[(equals + 1)..]);
            if (name is null || value is null) return null;
            fields.Add((name, value));
        }

        return FieldsToJson(fields);
    }

    /// <summary>The same from fields that are already text. An empty field is the same as none, as browsers send forms.</summary>
    public static byte[] FieldsToJson(IEnumerable<(string Name, string Value)> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, CallParameters.Options);
        json.WriteStartObject();
        foreach ((string name, string value) in fields)
        {
            if (value.Length > 0) json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    // WHATWG URL, application/x-www-form-urlencoded: plus is a space, %XX a byte. A percent sign that begins no byte stands for itself.
    private static string? Decode(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length];
        int length = 0;
        for (int at = 0; at < text.Length; at++)
        {
            byte value = text[at];
            if (value == '%' && at + 2 < text.Length && char.IsAsciiHexDigit((char)text[at + 1]) && char.IsAsciiHexDigit((char)text[at + 2]))
            {
                value = Convert.FromHexString(Encoding.ASCII.GetString(text.Slice(at + 1, 2)))[0];
                at += 2;
            }
            else if (value == '+')
            {
                value = (byte)' ';
            }

            bytes[length++] = value;
        }

        return Utf8.IsValid(bytes.AsSpan(0, length)) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}
