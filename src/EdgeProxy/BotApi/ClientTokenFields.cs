using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// Every chat that a call names, for tokens with a chat scope. A field that comes twice is unclear: we and Telegram might each look at another
/// one of the two. The values are those of form and multipart fields, decoded, or JSON values as text.
/// </summary>
internal struct ClientTokenFields
{
    private const string ChatField = "chat_id";
    private const string FromField = "from_chat_id";
    private const string ReplyField = "reply_parameters";
    private const string BusinessField = "business_connection_id";
    private Seen _seen;

    [Flags]
    private enum Seen : byte
    {
        Chat = 1,
        From = 2,
        Reply = 4,
        Business = 8,
        Unclear = 16,
    }

    /// <summary>chat_id; default when it was not given or is no chat.</summary>
    public ChatTarget Chat { get; private set; }

    /// <summary>from_chat_id: where copies and forwards are taken from.</summary>
    public ChatTarget From { get; private set; }

    /// <summary>reply_parameters.chat_id: another chat whose message is quoted.</summary>
    public ChatTarget ReplyTo { get; private set; }

    /// <summary>The chat is another account's: business_connection_id.</summary>
    public readonly bool IsBusiness => (_seen & Seen.Business) != 0;

    /// <summary>A field came twice, or a value is no chat, or the body cannot be read: nobody knows where Telegram would send it.</summary>
    public readonly bool IsUnclear => (_seen & Seen.Unclear) != 0;

    /// <summary>All fields of a body that is whole in memory, in JSON or as a form. Of any other body nothing is known: it is unclear.</summary>
    public static ClientTokenFields Of(CallBody body)
    {
        var fields = default(ClientTokenFields);
        if (body.Encoding == CallEncoding.None) return fields;
        if (body is BufferedBody { Encoding: CallEncoding.Json } json) fields.TakeJson(json.Bytes);
        else if (body is BufferedBody { Encoding: CallEncoding.Form } form) fields.TakeForm(form.Bytes.Span);
        else fields._seen |= Seen.Unclear;
        return fields;
    }

    /// <summary>Looks at one field. Others than the four are passed over.</summary>
    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Length > BusinessField.Length) return;
        string text = Encoding.UTF8.GetString(name);
        if (IsWanted(text)) Take(text, Encoding.UTF8.GetString(value));
    }

    private static bool IsWanted(string name) => name is ChatField or FromField or ReplyField or BusinessField;

    private void Take(string name, string value)
    {
        switch (name)
        {
            case ChatField:
                Once(Seen.Chat);
                Chat = Parse(value);
                break;
            case FromField:
                Once(Seen.From);
                From = Parse(value);
                break;
            case ReplyField:
                Once(Seen.Reply);
                TakeReply(value);
                break;
            case BusinessField when value.Length > 0:
                _seen |= Seen.Business;
                break;
        }
    }

    private void TakeJson(ReadOnlyMemory<byte> bytes)
    {
        if (!TryParse(bytes, out JsonDocument? document)) return;
        using (document)
        {
            try
            {
                foreach (JsonProperty field in document!.RootElement.EnumerateObject())
                {
                    string name = field.Name;
                    if (IsWanted(name)) Take(name, Text(field.Value));
                }
            }
            catch (InvalidOperationException)
            {
                // A text that is not Unicode: half a surrogate pair, or bytes that are not UTF-8.
                _seen |= Seen.Unclear;
            }
        }
    }

    private void TakeReply(string value)
    {
        if (value.Length == 0 || !TryParse(Encoding.UTF8.GetBytes(value), out JsonDocument? document)) return;
        using (document)
        {
            bool found = false;
            try
            {
                foreach (JsonProperty field in document!.RootElement.EnumerateObject())
                {
                    if (field.Name != ChatField) continue;
                    if (found) _seen |= Seen.Unclear;
                    found = true;
                    ReplyTo = Parse(Text(field.Value));
                }
            }
            catch (InvalidOperationException)
            {
                _seen |= Seen.Unclear;
            }
        }
    }

    private void TakeForm(ReadOnlySpan<byte> bytes)
    {
        FormPairs pairs = new(bytes);
        while (pairs.Next(out Range name, out Range value)) Take(FormPairs.Decode(bytes[name]), FormPairs.Decode(bytes[value]));
    }

    private bool TryParse(ReadOnlyMemory<byte> bytes, out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return true;
            document.Dispose();
        }
        catch (JsonException)
        {
            // below
        }

        _seen |= Seen.Unclear;
        return false;
    }

    private void Once(Seen field)
    {
        if ((_seen & field) != 0) _seen |= Seen.Unclear;
        _seen |= field;
    }

    /// <summary>A number or @name. Anything else but nothing is unclear.</summary>
    private ChatTarget Parse(string value)
    {
        if (value.Length == 0) return default;
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id) && id != 0) return new ChatTarget(id, null);
        if (value.Length > 1 && value[0] == '@') return new ChatTarget(0, value.ToLowerInvariant());
        _seen |= Seen.Unclear;
        return default;
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() ?? "",
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
