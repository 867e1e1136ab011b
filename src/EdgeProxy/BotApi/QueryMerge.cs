using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace EdgeProxy.BotApi;

/// <summary>
/// Puts a query string's parameters into the body of the same request, since a call goes upstream with a body alone. They come first, as Telegram's
/// server reads them (tdlib, tdnet/HttpReader.cpp), so a name given in both counts as it does there.
/// </summary>
internal static class QueryMerge
{
    /// <summary>The JSON object with the parameters as its first members, texts all of them; null when the body is not an object.</summary>
    public static byte[]? IntoJson(string query, ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> members = json.TrimStart(" \t\r\n"u8);
        if (members.IsEmpty || members[0] != '{') return null;
        members = members[1..];
        using var stream = new MemoryStream(json.Length + (2 * query.Length));
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(query))
            {
                writer.WriteString(pair.DecodeName().Span, pair.DecodeValue().Span);
            }
        }

        bool hasMembers = stream.Length > 1 && members.TrimStart(" \t\r\n"u8) is not [(byte)'}', ..];
        if (hasMembers) stream.WriteByte((byte)',');
        stream.Write(members);
        return stream.ToArray();
    }

    /// <summary>The form with the parameters before its own.</summary>
    public static byte[] IntoForm(string query, ReadOnlySpan<byte> form) =>
        form.IsEmpty ? Form(query) : [.. Form(query), (byte)'&', .. form];

    /// <summary>The query string itself as a form.</summary>
    public static byte[] Form(string query) => Encoding.UTF8.GetBytes(query.TrimStart('?'));

    /// <summary>The parameters as parts that can stand before a body of that boundary; null when one of them contains the boundary.</summary>
    public static byte[]? AsParts(string query, string boundary)
    {
        var parts = new StringBuilder();
        foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(query))
        {
            string value = pair.DecodeValue().ToString();
            if (value.Contains("--" + boundary, StringComparison.Ordinal)) return null;
            parts.Append("--").Append(boundary).Append("\r\nContent-Disposition: form-data; name=\"")
                .Append(Uri.EscapeDataString(pair.DecodeName().Span)).Append("\"\r\n\r\n").Append(value).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(parts.ToString());
    }
}
