using System.Text.RegularExpressions;

namespace EdgeProxy.Admin;

/// <summary>Paths of the MTProto process's API, and the forms of what goes into them: nothing else may, or a path could lead elsewhere.</summary>
internal static partial class SidecarPath
{
    public const string Accounts = "/v1/accounts";

    public static bool IsAccount(string? text) => text is not null && AccountName().IsMatch(text);

    /// <summary>A number as the Bot API writes it, or @username.</summary>
    public static bool IsChat(string? text) => text is not null && ChatName().IsMatch(text);

    public static bool IsUsername(string? text) => text is not null && text.StartsWith('@') && ChatName().IsMatch(text);

    public static string Account(string account) => $"{Accounts}/{account}";

    public static string Chats(string account) => $"{Accounts}/{account}/chats";

    public static string Chat(string account, string chat) => $"{Accounts}/{account}/chats/{Uri.EscapeDataString(chat)}";

    public static string Upload(string account, string fileId, long size, long firstPart) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Accounts}/{account}/uploads/{fileId}?size={size}&first_part={firstPart}");

    [GeneratedRegex(@"\A[a-z0-9_-]{1,32}\z")]
    private static partial Regex AccountName();

    [GeneratedRegex(@"\A(-?[1-9][0-9]{0,17}|@[A-Za-z0-9_]{1,64})\z")]
    private static partial Regex ChatName();
}
