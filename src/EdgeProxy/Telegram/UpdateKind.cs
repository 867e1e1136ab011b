namespace EdgeProxy.Telegram;

/// <summary>
/// The optional fields of Update (Bot API 10.3), plus Unknown for a kind that is younger than this program.
/// The numbers are on disk in the journal: never renumber, only append.
/// </summary>
internal enum UpdateKind : byte
{
    Unknown = 0,
    Message = 1,
    EditedMessage = 2,
    ChannelPost = 3,
    EditedChannelPost = 4,
    BusinessConnection = 5,
    BusinessMessage = 6,
    EditedBusinessMessage = 7,
    DeletedBusinessMessages = 8,
    GuestMessage = 9,
    MessageReaction = 10,
    MessageReactionCount = 11,
    InlineQuery = 12,
    ChosenInlineResult = 13,
    CallbackQuery = 14,
    ShippingQuery = 15,
    PreCheckoutQuery = 16,
    PurchasedPaidMedia = 17,
    Poll = 18,
    PollAnswer = 19,
    MyChatMember = 20,
    ChatMember = 21,
    ChatJoinRequest = 22,
    ChatBoost = 23,
    RemovedChatBoost = 24,
    ManagedBot = 25,
    Subscription = 26,
    StoppedMessageGeneration = 27,
}
