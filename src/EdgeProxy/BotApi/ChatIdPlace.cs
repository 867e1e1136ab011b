using System.Globalization;
using System.Text;

namespace EdgeProxy.BotApi;

/// <summary>Where in a multipart body the value of the chat_id that counts stands.</summary>
/// <param name="At">Offset in bytes.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct ChatIdPlace(long At, int Length)
{
    /// <summary>What stands there instead, addressed to another chat.</summary>
    public static byte[] Value(long chatId) => Encoding.ASCII.GetBytes(chatId.ToString(CultureInfo.InvariantCulture));

    /// <summary>The bytes with that chat in this place, which must lie in them.</summary>
    public byte[] Patch(ReadOnlySpan<byte> bytes, long chatId) => [.. bytes[..(int)At], .. Value(chatId), .. bytes[((int)At + Length)..]];
}
