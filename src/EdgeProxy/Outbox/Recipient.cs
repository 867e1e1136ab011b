using System.Buffers;
using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>A broadcast's parameters addressed to one of its chats.</summary>
internal static class Recipient
{
    /// <param name="parameters">One JSON object without chat_id.</param>
    /// <param name="chat">Whom it goes to.</param>
    public static byte[] Parameters(ReadOnlySpan<byte> parameters, ChatTarget chat)
    {
        // 1. {"chat_id":…  2. a comma unless the object is empty  3. the object after its brace
        int open = parameters.IndexOf((byte)'{');
        ReadOnlySpan<byte> rest = open < 0 ? "}"u8 : parameters[(open + 1)..];
        bool isEmpty = rest.TrimStart(" \t\r\n"u8).StartsWith("}"u8);
        var buffer = new ArrayBufferWriter<byte>(parameters.Length + 48);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (chat.Name is null) writer.WriteNumber("chat_id"u8, chat.Id);
            else writer.WriteString("chat_id"u8, chat.Name);
            writer.Flush();
        }

        if (!isEmpty) buffer.Write(","u8);
        buffer.Write(rest);
        return buffer.WrittenSpan.ToArray();
    }
}
