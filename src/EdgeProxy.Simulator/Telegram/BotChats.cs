namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// The chats of one bot: message ids and the limits of the FAQ (1/s per private chat with a short burst, 20/min per group or
/// channel, 30/s per bot, 1000/s when paid). One lock per bot: a check of two buckets must be one step.
/// </summary>
internal sealed class BotChats
{
    private const int GroupPerMinute = 20;
    private const int BotPerSecond = 30;
    private const int PaidPerSecond = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, ChatState> _chats = [];
    private readonly FakeTelegramOptions _options;
    private readonly TokenBucket _bot;
    private readonly TokenBucket _paid;

    public BotChats(FakeTelegramOptions options)
    {
        _options = options;
        _bot = new TokenBucket(BotPerSecond, BotPerSecond, options.Clock);
        _paid = new TokenBucket(PaidPerSecond, PaidPerSecond, options.Clock);
    }

    /// <summary>Takes <paramref name="weight"/> messages from the budgets. 0 when they fit, else retry_after in whole seconds.</summary>
    public int TryTake(long chatId, int weight, bool paid)
    {
        if (!_options.EnforceLimits)
        {
            return 0;
        }

        lock (_gate)
        {
            TokenBucket chat = Get(chatId).Bucket;
            TokenBucket bot = paid ? _paid : _bot;
            double wait = Math.Max(chat.WaitS(weight), bot.WaitS(weight));
            if (wait > 0)
            {
                return Math.Max(1, (int)Math.Ceiling(wait));
            }

            chat.Take(weight);
            bot.Take(weight);
            return 0;
        }
    }

    /// <summary>Reserves <paramref name="count"/> message ids that rise within the chat and returns the first.</summary>
    public long NextMessageIds(long chatId, int count)
    {
        lock (_gate)
        {
            ChatState chat = Get(chatId);
            long first = chat.LastMessageId + 1;
            chat.LastMessageId += count;
            return first;
        }
    }

    private ChatState Get(long chatId)
    {
        if (!_chats.TryGetValue(chatId, out ChatState? chat))
        {
            var bucket = chatId > 0
                ? new TokenBucket(_options.PrivateBurst, 1, _options.Clock)
                : new TokenBucket(GroupPerMinute, GroupPerMinute / 60.0, _options.Clock);
            _chats[chatId] = chat = new ChatState(bucket);
        }

        return chat;
    }
}
