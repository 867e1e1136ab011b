using System.Collections.Frozen;

namespace EdgeProxy.Telegram;

/// <summary>
/// A method of the Bot API and how it is to be treated. Names are case-insensitive (TELEGRAM-FACTS, Errors). Source of the lists: Bot API 10.3.
/// Drafts (sendMessageDraft, sendRichMessageDraft) and sendChatAction leave no message behind and are free; so is sendChatJoinRequestWebApp, which
/// answers a query.
/// </summary>
internal sealed class ApiMethod
{
    private const string Sends =
        """
        sendMessage sendRichMessage sendPhoto sendLivePhoto sendAudio sendDocument sendVideo sendAnimation sendVoice sendVideoNote sendPaidMedia
        sendLocation sendVenue sendContact sendPoll sendChecklist sendDice sendSticker sendInvoice sendGame sendGift forwardMessage copyMessage
        """;

    private const string Edits =
        """
        editMessageText editMessageCaption editMessageMedia editMessageLiveLocation editMessageReplyMarkup editMessageChecklist
        editEphemeralMessageText editEphemeralMessageCaption editEphemeralMessageMedia editEphemeralMessageReplyMarkup
        stopMessageLiveLocation stopPoll setGameScore
        """;

    // Known so that their names are spelled one way, whatever the caller wrote.
    private const string Others =
        """
        getMe logOut close getUpdates setWebhook deleteWebhook getWebhookInfo getFile getUserProfilePhotos getUserProfileAudios getChat
        getChatAdministrators getChatMemberCount getChatMember getUserChatBoosts getBusinessConnection getGameHighScores getStickerSet
        getCustomEmojiStickers getForumTopicIconStickers getMyCommands getMyName getMyDescription getMyShortDescription getChatMenuButton
        getMyDefaultAdministratorRights getMyStarBalance getStarTransactions getAvailableGifts getUserGifts getChatGifts
        getBusinessAccountGifts getBusinessAccountStarBalance getManagedBotToken getUserPersonalChatMessages
        answerCallbackQuery answerInlineQuery answerWebAppQuery answerShippingQuery answerPreCheckoutQuery answerChatJoinRequestQuery
        answerGuestQuery sendChatAction sendMessageDraft sendRichMessageDraft sendChatJoinRequestWebApp setMessageReaction
        deleteMessage deleteMessages deleteEphemeralMessage deleteBusinessMessages deleteMessageReaction deleteAllMessageReactions
        banChatMember unbanChatMember restrictChatMember promoteChatMember setChatAdministratorCustomTitle banChatSenderChat
        unbanChatSenderChat setChatPermissions exportChatInviteLink createChatInviteLink editChatInviteLink revokeChatInviteLink
        createChatSubscriptionInviteLink editChatSubscriptionInviteLink approveChatJoinRequest declineChatJoinRequest setChatPhoto
        deleteChatPhoto setChatTitle setChatDescription pinChatMessage unpinChatMessage unpinAllChatMessages leaveChat setChatStickerSet
        deleteChatStickerSet createForumTopic editForumTopic closeForumTopic reopenForumTopic deleteForumTopic
        unpinAllForumTopicMessages editGeneralForumTopic closeGeneralForumTopic reopenGeneralForumTopic hideGeneralForumTopic
        unhideGeneralForumTopic unpinAllGeneralForumTopicMessages setUserEmojiStatus setMyCommands deleteMyCommands setMyName
        setMyDescription setMyShortDescription setMyProfilePhoto removeMyProfilePhoto setChatMenuButton setMyDefaultAdministratorRights
        uploadStickerFile createNewStickerSet addStickerToSet setStickerPositionInSet deleteStickerFromSet replaceStickerInSet
        setStickerEmojiList setStickerKeywords setStickerMaskPosition setStickerSetTitle setStickerSetThumbnail
        setCustomEmojiStickerSetThumbnail deleteStickerSet createInvoiceLink refundStarPayment editUserStarSubscription
        giftPremiumSubscription convertGiftToStars upgradeGift transferGift transferBusinessAccountStars setBusinessAccountName
        setBusinessAccountUsername setBusinessAccountBio setBusinessAccountProfilePhoto removeBusinessAccountProfilePhoto
        setBusinessAccountGiftSettings readBusinessMessage postStory repostStory editStory deleteStory verifyUser verifyChat
        removeUserVerification removeChatVerification setPassportDataErrors savePreparedInlineMessage approveSuggestedPost
        declineSuggestedPost
        """;

    private static readonly FrozenDictionary<string, ApiMethod> Known = List().ToFrozenDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);

    private readonly byte[] _countField;

    private ApiMethod(string name, MethodKind kind, byte[] countField)
    {
        Name = name;
        Kind = kind;
        _countField = countField;
    }

    /// <summary>As the Bot API spells it; an unknown method as the caller wrote it.</summary>
    public string Name { get; }
    public MethodKind Kind { get; }

    /// <summary>The parameter whose items are counted: media of an album, message_ids of batches; empty when a call is one message.</summary>
    public ReadOnlySpan<byte> CountField => _countField;

    /// <summary>The method of that name. An unknown one is <see cref="MethodKind.Free"/> and passes through.</summary>
    public static ApiMethod Of(string name) => Known.TryGetValue(name, out ApiMethod? method) ? method : new ApiMethod(name, MethodKind.Free, []);

    private static IEnumerable<ApiMethod> List()
    {
        foreach (string name in Names(Sends)) yield return new ApiMethod(name, MethodKind.Send, []);
        foreach (string name in Names(Edits)) yield return new ApiMethod(name, MethodKind.Edit, []);
        foreach (string name in Names(Others)) yield return new ApiMethod(name, MethodKind.Free, []);
        yield return new ApiMethod("sendMediaGroup", MethodKind.Send, "media"u8.ToArray());
        yield return new ApiMethod("copyMessages", MethodKind.Send, "message_ids"u8.ToArray());
        yield return new ApiMethod("forwardMessages", MethodKind.Send, "message_ids"u8.ToArray());
    }

    private static string[] Names(string list) => list.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
