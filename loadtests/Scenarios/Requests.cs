using System.Text.Json;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>Requests of HTTP loads, by their number.</summary>
internal static class Requests
{
    private const string MessageHeaders = "Authorization: Bearer " + EdgeConfig.ApiKey + "\r\nContent-Type: application/json\r\n";
    private const int MessageChats = 100_000;
    private const long FirstChat = 500_000_001;
    private static readonly byte[] GetMeBytes = HttpWire.Request("GET", $"/bot{EdgeConfig.Token}/getMe", "", []);
    private static readonly string MessageText = string.Concat(Enumerable.Repeat("Your order is on its way. ", 8));

    public static ReadOnlyMemory<byte> GetMe(long number) => GetMeBytes;

    /// <summary>POST /v1/messages, about 200 characters of text, due at once.</summary>
    public static ReadOnlyMemory<byte> Message(long number)
    {
        long chat = FirstChat + (number % MessageChats);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { bot = EdgeConfig.Bot, chat_id = chat, text = MessageText });
        return HttpWire.Request("POST", "/v1/messages", MessageHeaders, body);
    }
}
