using System.Globalization;
using System.Net.Http.Headers;

namespace EdgeProxy.Telegram;

/// <summary>A call's parameters, whole in memory, sent on byte for byte.</summary>
/// <param name="encoding">How they are written.</param>
/// <param name="bytes">The parameters as they came.</param>
/// <param name="contentType">The Content-Type header they are sent with (of multipart with its boundary); null sends none.</param>
internal sealed class BufferedBody(CallEncoding encoding, ReadOnlyMemory<byte> bytes, string? contentType) : CallBody
{
    public override CallEncoding Encoding => encoding;
    public override bool CanResend => true;
    public ReadOnlyMemory<byte> Bytes => bytes;

    public override HttpContent CreateContent()
    {
        var content = new ReadOnlyMemoryContent(bytes);
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    /// <summary>
    /// Replaces the value of the chat_id that counts and keeps every other byte; a number stays a number, a string a string. Null when there is none,
    /// and for multipart, whose parts are not taken apart here.
    /// </summary>
    public override CallBody? WithChatId(long chatId)
    {
        ReadOnlySpan<byte> old = bytes.Span;
        if (!TryFindChatId(old, out Range place)) return null;
        (int start, int length) = place.GetOffsetAndLength(old.Length);
        string number = chatId.ToString(CultureInfo.InvariantCulture);
        byte[] value = System.Text.Encoding.ASCII.GetBytes(encoding == CallEncoding.Json && old[start] == '"' ? $"\"{number}\"" : number);
        byte[] patched = new byte[old.Length - length + value.Length];
        old[..start].CopyTo(patched);
        value.CopyTo(patched, start);
        old[(start + length)..].CopyTo(patched.AsSpan(start + value.Length));
        return new BufferedBody(encoding, patched, contentType);
    }

    private bool TryFindChatId(ReadOnlySpan<byte> text, out Range value)
    {
        if (encoding == CallEncoding.Json) return CallScan.FindChatIdJson(text, out value);
        value = default;
        if (encoding != CallEncoding.Form) return false;
        FormPairs pairs = new(text);
        while (pairs.Next(out Range name, out value))
        {
            if (FormPairs.Decode(text[name]).AsSpan().SequenceEqual("chat_id"u8)) return true;
        }

        return false;
    }
}
