using System.Collections.Frozen;

namespace EdgeProxy.BotApi;

/// <summary>
/// Which methods a client token may mean, by what they reach. Positive lists: a method that this version does not know is not in them, and a
/// token with a chat scope cannot call it. Source: Bot API reference, "Available methods" and the sections after it.
/// </summary>
internal static class ClientTokenMethods
{
    /// <summary>
    /// Of the proxy's own life with Telegram (updates, sessions), or telling a token: allowed only when a token's list names them in full.
    /// </summary>
    private static readonly FrozenSet<string> Owned = Set(
        "getUpdates setWebhook deleteWebhook getWebhookInfo logOut close getManagedBotToken replaceManagedBotToken");

    /// <summary>Without a chat, and telling or changing nothing of one: the bot itself, answers to what a user asked, files by their id.</summary>
    private static readonly FrozenSet<string> Chatless = Set(
        """
        getMe getFile answerCallbackQuery answerInlineQuery answerShippingQuery answerPreCheckoutQuery answerWebAppQuery answerGuestQuery
        answerChatJoinRequestQuery
        getMyCommands getMyName getMyDescription getMyShortDescription getMyDefaultAdministratorRights
        getStickerSet getCustomEmojiStickers getForumTopicIconStickers getAvailableGifts
        """);

    /// <summary>Reach the chat in chat_id and, at most, those that <see cref="ClientTokenFields"/> finds beside it.</summary>
    private static readonly FrozenSet<string> OfOneChat = Set(
        """
        sendMessage sendRichMessage sendRichMessageDraft
        sendPhoto sendLivePhoto sendAudio sendDocument sendVideo sendAnimation sendVoice sendVideoNote sendPaidMedia sendMediaGroup
        sendLocation sendVenue sendContact sendPoll sendChecklist sendDice sendMessageDraft sendChatAction sendSticker sendInvoice sendGame
        forwardMessage forwardMessages copyMessage copyMessages
        editMessageText editMessageCaption editMessageMedia editMessageLiveLocation stopMessageLiveLocation editMessageReplyMarkup
        editMessageChecklist stopPoll setGameScore getGameHighScores deleteMessage deleteMessages
        setMessageReaction deleteMessageReaction deleteAllMessageReactions
        approveSuggestedPost declineSuggestedPost pinChatMessage unpinChatMessage unpinAllChatMessages
        getChat getChatAdministrators getChatMemberCount getChatMembersCount getChatMember getUserChatBoosts getChatGifts
        banChatMember kickChatMember unbanChatMember restrictChatMember promoteChatMember setChatAdministratorCustomTitle setChatMemberTag
        banChatSenderChat unbanChatSenderChat setChatPermissions exportChatInviteLink createChatInviteLink editChatInviteLink
        createChatSubscriptionInviteLink editChatSubscriptionInviteLink revokeChatInviteLink approveChatJoinRequest declineChatJoinRequest
        setChatPhoto deleteChatPhoto setChatTitle setChatDescription setChatStickerSet deleteChatStickerSet leaveChat
        createForumTopic editForumTopic closeForumTopic reopenForumTopic deleteForumTopic unpinAllForumTopicMessages
        editGeneralForumTopic closeGeneralForumTopic reopenGeneralForumTopic hideGeneralForumTopic unhideGeneralForumTopic
        unpinAllGeneralForumTopicMessages setChatMenuButton getChatMenuButton verifyChat removeChatVerification
        """);

    /// <summary>Must be named in full by a token's list.</summary>
    public static bool IsOwned(string method) => Owned.Contains(method);

    public static bool IsChatless(string method) => Chatless.Contains(method);

    public static bool IsOfOneChat(string method) => OfOneChat.Contains(method);

    private static FrozenSet<string> Set(string names) =>
        names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
