using System.Text;
using System.Text.Json;

namespace EdgeProxy.Simulator.Delivery;

/// <summary>
/// A recorded update whose ids are replaced in place: everything else keeps the bytes, and so the escapes, of the real server.
/// Private chats keep chat id = user id, as at Telegram.
/// </summary>
internal sealed class UpdateShape
{
    private readonly byte[] _template;
    private readonly List<Slot> _slots = [];

    public UpdateShape(string name, int weight, byte[] template)
    {
        Name = name;
        Weight = weight;
        _template = template;
        using var document = JsonDocument.Parse(template);
        Kind = DeliveryKey.Of(document.RootElement).Kind;
        FindSlots();
    }

    public string Name { get; }

    /// <summary>Share in the mix, in parts of the sum.</summary>
    public int Weight { get; }
    public string Kind { get; }

    /// <summary>The update is about a group, not a private chat.</summary>
    public bool InGroup => _slots.Exists(slot => slot.Kind == SlotKind.GroupId);

    public byte[] Render(long updateId, long userId, long groupId, long messageId, string sentence)
    {
        using var output = new MemoryStream(_template.Length + 256);
        int from = 0;
        foreach (Slot slot in _slots)
        {
            output.Write(_template, from, slot.Offset - from);
            string value = slot.Kind switch
            {
                SlotKind.UpdateId => updateId.ToString(),
                SlotKind.UserId => userId.ToString(),
                SlotKind.GroupId => groupId.ToString(),
                SlotKind.MessageId => messageId.ToString(),
                SlotKind.Sentence => sentence + " seq:" + messageId,
                _ => " seq:" + messageId,
            };
            output.Write(Encoding.ASCII.GetBytes(value));
            from = slot.Offset + slot.Length;
        }

        output.Write(_template, from, _template.Length - from);
        return output.ToArray();
    }

    /// <summary>Walks the shape once; <c>path</c> is the names of the members that lead to the value.</summary>
    private void FindSlots()
    {
        var reader = new Utf8JsonReader(_template);
        var path = new List<string>();
        string name = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.GetString()!;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    path.Add(name);
                    name = "";
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    path.RemoveAt(path.Count - 1);
                    break;
                case JsonTokenType.Number when KindOfNumber(path, name, ref reader) is { } kind:
                    _slots.Add(new Slot((int)reader.TokenStartIndex, reader.ValueSpan.Length, kind));
                    break;
                case JsonTokenType.String when path.Count == 2 && name is "text" or "caption" && Kind == "message":
                    int start = (int)reader.TokenStartIndex + 1;
                    _slots.Add(Name.StartsWith("01", StringComparison.Ordinal)
                        ? new Slot(start, reader.ValueSpan.Length, SlotKind.Sentence)
                        : new Slot(start + reader.ValueSpan.Length, 0, SlotKind.SequenceSuffix));
                    break;
            }
        }
    }

    /// <summary>
    /// The person who acts and the chat are replaced; bots and the authors of older messages are not. The person whose membership
    /// changed is the one who acts, so that the order by user does not depend on which of the two is meant.
    /// </summary>
    private static SlotKind? KindOfNumber(List<string> path, string name, ref Utf8JsonReader reader)
    {
        string owner = path[^1];
        return name switch
        {
            "update_id" when path.Count == 1 => SlotKind.UpdateId,
            "message_id" when path.Count == 2 => SlotKind.MessageId,
            "id" when owner == "chat" => reader.GetInt64() < 0 ? SlotKind.GroupId : SlotKind.UserId,
            "id" when owner == "from" && path.Count == 3 => SlotKind.UserId,
            "id" when owner == "user" && path.Contains("chat_member") => SlotKind.UserId,
            _ => null,
        };
    }
}
