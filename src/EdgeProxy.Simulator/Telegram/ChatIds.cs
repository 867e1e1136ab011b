using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>The three kinds of chat ids: user &gt; 0, basic group −id, supergroup or channel −(10^12 + id).</summary>
internal static class ChatIds
{
    private const long SupergroupMax = -1_000_000_000_001;

    /// <summary>The chat a call names; an @username is the same supergroup every time. 0 when it names none.</summary>
    public static long Of(ApiCall call)
    {
        string text = call.Text("chat_id");
        if (text.Length > 4 && text[0] == '@')
        {
            uint hash = 2166136261;
            foreach (char c in text)
            {
                hash = (hash ^ char.ToLowerInvariant(c)) * 16777619;
            }

            return SupergroupMax - hash;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id) ? id : 0;
    }

    public static string TypeOf(long chatId) => chatId > 0 ? "private" : chatId <= SupergroupMax ? "supergroup" : "group";

    public static void Write(Utf8JsonWriter to, long chatId)
    {
        to.WriteStartObject();
        to.WriteNumber("id"u8, chatId);
        if (chatId > 0)
        {
            to.WriteString("first_name"u8, $"User {chatId}");
        }
        else
        {
            to.WriteString("title"u8, $"Chat {chatId}");
        }

        to.WriteString("type"u8, TypeOf(chatId));
        to.WriteEndObject();
    }

    public static JsonObject ToJson(long chatId) => chatId > 0
        ? new JsonObject { ["id"] = chatId, ["first_name"] = "User " + chatId, ["type"] = "private" }
        : new JsonObject { ["id"] = chatId, ["title"] = "Chat " + chatId, ["type"] = TypeOf(chatId) };
}
