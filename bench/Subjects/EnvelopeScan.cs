using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.Bench.Subjects;

/// <summary>The fields of an update that a router needs, read in three ways. Each returns a number made of them, so that nothing is optimised away.</summary>
internal static class EnvelopeScan
{
    public static long Edge(byte[] body)
    {
        if (UpdateEnvelope.TryRead(body, out UpdateEnvelope envelope) != EnvelopeOutcome.Ok) throw new InvalidOperationException("not an update");
        return envelope.UpdateId ^ envelope.ChatId ^ envelope.SenderId ^ envelope.DateUnixS ^ envelope.MessageId;
    }

    public static long Document(byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body.AsMemory());
        long sum = 0;
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Number) sum ^= property.Value.GetInt64();
            else if (property.Value.ValueKind == JsonValueKind.Object) sum ^= Payload(property.Value);
        }

        return sum;
    }

    public static long Model(byte[] body)
    {
        UpdateModel update = JsonSerializer.Deserialize(body, UpdateJson.Default.UpdateModel) ?? throw new InvalidOperationException("not an update");
        PayloadModel? payload = update.Message ?? update.EditedMessage ?? update.CallbackQuery ?? update.ChatMember ?? update.MyChatMember;
        if (payload is null) return update.UpdateId;
        PayloadModel place = payload.Message ?? payload;
        return update.UpdateId ^ (place.Chat?.Id ?? 0) ^ (payload.From?.Id ?? 0) ^ payload.Date ^ place.MessageId;
    }

    private static long Payload(JsonElement payload)
    {
        JsonElement place = payload.TryGetProperty("message"u8, out JsonElement message) ? message : payload;
        long sum = Number(payload, "date"u8) ^ Number(place, "message_id"u8);
        if (payload.TryGetProperty("from"u8, out JsonElement from)) sum ^= Number(from, "id"u8);
        if (place.TryGetProperty("chat"u8, out JsonElement chat)) sum ^= Number(chat, "id"u8);
        return sum;
    }

    private static long Number(JsonElement from, ReadOnlySpan<byte> name) => from.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : 0;
}
