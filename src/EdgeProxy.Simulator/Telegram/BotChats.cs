using EdgeProxy.Simulator.Control;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// The chats of one bot: message ids and the limits of the FAQ (1/s per private chat with a short burst, 20/min per group or
/// channel, 30/s per bot, 1000/s when paid). One lock per bot: a check of several buckets must be one step.
/// </summary>
internal sealed class BotChats
{
    private const int GroupPerMinute = 20;
    private const int BotPerSecond = 30;
    private const int PaidPerSecond = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, ChatState> _chats = [];
    private readonly long _botId;
    private readonly FakeTelegramOptions _options;
    private readonly SimStats _stats;
    private readonly TokenBucket _free;
    private readonly TokenBucket _paid;

    public BotChats(long botId, FakeTelegramOptions options, SimStats stats)
    {
        _botId = botId;
        _options = options;
        _stats = stats;
        _free = new TokenBucket(BotPerSecond, BotPerSecond, options.Clock);
        _paid = new TokenBucket(PaidPerSecond, PaidPerSecond, options.Clock);
    }

    public ChatState Get(long chatId)
    {
        lock (_gate)
        {
            if (!_chats.TryGetValue(chatId, out ChatState? chat))
            {
                _chats[chatId] = chat = Make(chatId);
                _stats.Chat();
            }

            return chat;
        }
    }

    /// <summary>
    /// Takes <paramref name="weight"/> messages from the budgets, all of them or none, and reserves <paramref name="ids"/> message
    /// ids that rise within the chat. A paid call uses what is left of the free 30/s first; above it every message costs [FAQ].
    /// </summary>
    public Admission Admit(ChatState chat, int weight, int ids, bool paid)
    {
        lock (_gate)
        {
            bool charged = false;
            double wait = _options.EnforceLimits ? WaitS(chat, weight, paid, out charged) : 0;
            if (wait > 0)
            {
                if (chat.Floods++ == 0)
                {
                    _stats.ChatFlooded();
                }

                return new Admission(Math.Max(1, (int)Math.Ceiling(wait)), 0, 0, 0);
            }

            if (_options.EnforceLimits)
            {
                Take(chat, weight, paid, charged);
            }

            long first = chat.LastMessageId + 1;
            chat.LastMessageId += ids;
            chat.Messages += weight;
            return new Admission(0, first, ++chat.Sends, charged ? weight : 0);
        }
    }

    /// <summary>A copy of the counts of every chat, in no order.</summary>
    public ChatCounts[] Counts()
    {
        lock (_gate)
        {
            return [.. _chats.Select(chat => new ChatCounts(_botId, chat.Key, chat.Value.Sends, chat.Value.Messages, chat.Value.Floods))];
        }
    }

    private double WaitS(ChatState chat, int weight, bool paid, out bool charged)
    {
        double wait = Math.Max(chat.Bucket!.WaitS(weight), chat.Second?.WaitS(weight) ?? 0);
        double free = _free.WaitS(weight);
        charged = paid && free > 0;
        return Math.Max(wait, paid ? _paid.WaitS(weight) : free);
    }

    private void Take(ChatState chat, int weight, bool paid, bool charged)
    {
        chat.Bucket!.Take(weight);
        chat.Second?.Take(weight);
        if (!charged)
        {
            _free.Take(weight);
        }

        if (paid)
        {
            _paid.Take(weight);
        }

        if (charged)
        {
            _stats.Paid(weight);
        }
    }

    private ChatState Make(long chatId)
    {
        if (!_options.EnforceLimits)
        {
            return new ChatState(null, null);
        }

        return chatId > 0
            ? new ChatState(new TokenBucket(_options.PrivateBurst, 1, _options.Clock), null)
            : new ChatState(
                new TokenBucket(GroupPerMinute, GroupPerMinute / 60.0, _options.Clock),
                _options.GroupBurst > 0 ? new TokenBucket(_options.GroupBurst, 1, _options.Clock) : null);
    }
}
