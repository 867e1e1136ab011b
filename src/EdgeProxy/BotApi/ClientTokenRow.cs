using System.Globalization;
using EdgeProxy.Bots;

namespace EdgeProxy.BotApi;

/// <summary>A client token as tables keep it. A bot stands there by its id, so that renaming it in the configuration keeps its tokens.</summary>
internal readonly record struct ClientTokenRow(
    long Id, string Name, byte[] Sha256, string Methods, string Chats, long CreatedUnixMs, long? ExpiresUnixMs)
{
    // Neither a method nor a chat has a space in it.
    private const char Separator = ' ';

    public static ClientTokenRow Of(ClientToken token) => new(
        token.Id, token.Name, token.Sha256, string.Join(Separator, token.Rights.Methods), string.Join(Separator, token.Rights.Chats),
        token.CreatedUnixMs, token.ExpiresUnixMs);

    /// <summary>The token; null when the row cannot be meant.</summary>
    public ClientToken? ToToken(Bot bot)
    {
        ClientTokenRights? rights = ClientTokenRights.TryCreate(Split(Methods), Split(Chats), out _);
        if (rights is null || Sha256.Length != ClientTokens.HashBytes) return null;
        return new ClientToken
        {
            Id = Id,
            Bot = bot,
            Name = Name,
            Sha256 = Sha256,
            Rights = rights,
            CreatedUnixMs = CreatedUnixMs,
            ExpiresUnixMs = ExpiresUnixMs,
        };
    }

    /// <summary>An id as it is written in a URL; 0 when the text is none.</summary>
    public static long ParseId(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 0;

    private static string[] Split(string text) => text.Split(Separator, StringSplitOptions.RemoveEmptyEntries);
}
