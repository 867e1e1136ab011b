using System.Net;
using System.Text;

namespace EdgeProxy.BotApi;

/// <summary>
/// The headers of one part of multipart/form-data, read as Telegram's server reads them (tdlib, tdnet/HttpReader.cpp): of Content-Disposition only
/// name and filename matter, a value is a token or a quoted string with backslashes, and then percent-decoded; of Content-Type only whether it is a form's.
/// </summary>
internal static class PartHeaders
{
    /// <param name="headers">The lines with their CRLFs, without the empty one.</param>
    /// <param name="name">The field's name in UTF-8, decoded.</param>
    /// <param name="fileName">The file's name, decoded; null of a part that is no file.</param>
    /// <param name="isForm">The value is name=value&amp;name=value: Telegram takes it for so many parameters, and not for one of that name.</param>
    /// <returns>False when there is no name, or the header is broken.</returns>
    public static bool TryRead(ReadOnlySpan<byte> headers, out byte[] name, out byte[]? fileName, out bool isForm)
    {
        name = [];
        fileName = null;
        isForm = false;
        if (HasControls(headers)) return false;
        while (!headers.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine(ref headers);
            int colon = line.IndexOf((byte)':');
            if (colon < 0) return false;
            ReadOnlySpan<byte> header = line[..colon].Trim(" \t"u8);
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t\r\n"u8);
            if (Ascii.EqualsIgnoreCase(header, "content-type"u8)) isForm = value.StartsWith("application/x-www-form-urlencoded"u8);
            if (!Ascii.EqualsIgnoreCase(header, "content-disposition"u8)) continue;
            if (!ReadDisposition(value, ref name, ref fileName)) return false;
        }

        return name.Length > 0;
    }

    // Telegram's server takes some of them for spaces and cuts them off: "\vname" is a name there.
    private static bool HasControls(ReadOnlySpan<byte> headers) =>
        headers.ContainsAnyInRange((byte)0, (byte)'\b') || headers.ContainsAnyInRange((byte)'\v', (byte)'\f') || headers.ContainsAnyInRange((byte)14, (byte)31);

    // A line that begins with white space continues the one before it.
    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> headers)
    {
        int end = 0;
        while (true)
        {
            int crlf = headers[end..].IndexOf("\r\n"u8);
            end = crlf < 0 ? headers.Length : end + crlf;
            int next = Math.Min(end + 2, headers.Length);
            if (next < headers.Length && headers[next] is (byte)' ' or (byte)'\t')
            {
                end = next;
                continue;
            }

            ReadOnlySpan<byte> line = headers[..end];
            headers = headers[next..];
            return line;
        }
    }

    private static bool ReadDisposition(ReadOnlySpan<byte> value, ref byte[] name, ref byte[]? fileName)
    {
        if (!value.StartsWith("form-data;"u8)) return false;
        value = value["form-data;"u8.Length..].Trim(" \t\r\n"u8);
        while (true)
        {
            int equals = value.IndexOf((byte)'=');
            if (equals < 0) return true;
            ReadOnlySpan<byte> key = value[..equals].Trim(" \t\r\n"u8);
            value = value[(equals + 1)..].TrimStart(" \t\r\n"u8);
            if (!TryReadValue(ref value, out byte[] text)) return false;
            if (key.SequenceEqual("name"u8)) name = Decode(text);
            else if (key.SequenceEqual("filename"u8)) fileName = Decode(text);
            value = value.TrimStart(" \t\r\n"u8);
        }
    }

    private static bool TryReadValue(ref ReadOnlySpan<byte> rest, out byte[] text)
    {
        text = [];
        if (rest.IsEmpty || rest[0] != '"')
        {
            int end = rest.IndexOf((byte)';');
            text = (end < 0 ? rest : rest[..end]).Trim(" \t\r\n"u8).ToArray();
            rest = end < 0 ? default : rest[(end + 1)..];
            return true;
        }

        var unquoted = new List<byte>();
        int at = 1;
        while (at < rest.Length && rest[at] != '"')
        {
            if (rest[at] == '\\') at++;
            if (at < rest.Length) unquoted.Add(rest[at++]);
        }

        if (at >= rest.Length) return false;
        text = [.. unquoted];
        rest = rest[(at + 1)..].TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty) return true;
        if (rest[0] != ';') return false;
        rest = rest[1..];
        return true;
    }

    // The framework's decoder also turns a plus into a space, which Telegram does not do here.
    private static byte[] Decode(byte[] text)
    {
        if (!text.AsSpan().Contains((byte)'%')) return text;
        byte[] escaped = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(text).Replace("+", "%2B", StringComparison.Ordinal));
        return WebUtility.UrlDecodeToBytes(escaped, 0, escaped.Length)!;
    }
}
