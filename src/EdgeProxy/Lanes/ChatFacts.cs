using System.Collections.Concurrent;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>
/// What is known of chats beyond their budgets: who wrote lately, who blocked the bot, which group became which supergroup, which @name is which
/// chat. Blocks and migrations survive a restart. Memory is what is asked; a write to the table follows each change and writes what memory
/// says at that moment, so the last of two racing changes is the one that stays. In a cluster the table brings what other processes learned.
/// </summary>
internal sealed partial class ChatFacts
{
    public static readonly Migration[] Migrations = SqliteChatFacts.Migrations;

    private readonly IChatFactTable _table;
    private readonly ILogger _logger;
    private readonly HeardTable _heard;
    private readonly ConcurrentDictionary<ChatKey, bool> _suppressed = new();
    private readonly ConcurrentDictionary<ChatKey, long> _migrated = new();
    private readonly ConcurrentDictionary<(long Bot, string Name), long> _names = new();
    private int _suppressedCount;

    /// <summary>Of a cluster; empty until the table is started.</summary>
    public ChatFacts(IChatFactTable table, TimeProvider time, ILogger logger)
    {
        (_table, _logger) = (table, logger);
        _heard = new HeardTable(time, table.Heard);
    }

    /// <summary>Of one process: loads what its state file holds.</summary>
    public ChatFacts(StateFile state, TimeProvider time, ILogger logger)
        : this(new SqliteChatFacts(state, time), time, logger) => ((SqliteChatFacts)_table).Load(this);

    /// <summary>Chats against which a 403 stands.</summary>
    public int SuppressedCount => Volatile.Read(ref _suppressedCount);

    /// <summary>An update was stored. Called on the hot path of webhooks: no lock, no allocation, unless it lifts a suppression.</summary>
    public void Heard(Bot bot, in UpdateEnvelope update)
    {
        switch (update.Kind)
        {
            case UpdateKind.Message or UpdateKind.EditedMessage or UpdateKind.ChannelPost or UpdateKind.EditedChannelPost:
            case UpdateKind.BusinessMessage or UpdateKind.EditedBusinessMessage or UpdateKind.GuestMessage or UpdateKind.CallbackQuery:
                HeardFrom(bot, update.ChatId);
                break;
            case UpdateKind.ChatJoinRequest or UpdateKind.ShippingQuery or UpdateKind.PreCheckoutQuery or UpdateKind.PurchasedPaidMedia:
                // Who asks to join or pays is waiting in the private chat.
                HeardFrom(bot, update.SenderId);
                break;
        }
    }

    /// <summary>Whether the chat wrote within Limits.HeardLatelyS.</summary>
    public bool HeardLately(Bot bot, long chatId) => chatId != 0 && _heard.HeardLately(new ChatKey(bot.Id, chatId));

    /// <summary>Whether a 403 stands against the chat and it was not heard from since.</summary>
    public bool IsSuppressed(Bot bot, long chatId) => SuppressedCount > 0 && IsSuppressed(new ChatKey(bot.Id, chatId));

    /// <summary>For the table: what it is to write.</summary>
    public bool IsSuppressed(ChatKey key) => _suppressed.ContainsKey(key);

    /// <summary>For the table: what the chat became; 0 when nothing.</summary>
    public long Became(ChatKey key) => _migrated.GetValueOrDefault(key);

    /// <summary>The chat that <paramref name="chatId"/> became, or itself.</summary>
    public long Current(Bot bot, long chatId)
    {
        for (int hop = 0; hop < Limits.MigrationHopsMax && chatId < 0; hop++)
        {
            if (!_migrated.TryGetValue(new ChatKey(bot.Id, chatId), out long became)) break;
            chatId = became;
        }

        return chatId;
    }

    /// <summary>The chat of "@name", lower case; 0 when it is not known yet.</summary>
    public long Resolve(Bot bot, string name) => _names.TryGetValue((bot.Id, name), out long chatId) ? chatId : 0;

    /// <summary>Telegram answered a call with this chat's @name, lower case.</summary>
    public void Learn(Bot bot, string name, long chatId)
    {
        // Every answer of a public chat comes here, nearly always with what is known.
        (long, string) key = (bot.Id, name);
        if (_names.TryGetValue(key, out long known) && known == chatId) return;
        TakeName(bot.Id, name, chatId);
        _table.TellName(bot.Id, name, chatId);
    }

    /// <summary>A 403 came: bulk stays away until the chat is heard from. In force at once; the task completes once it is on disk or that failed.</summary>
    public Task SuppressAsync(Bot bot, long chatId)
    {
        ChatKey key = new(bot.Id, chatId);
        return chatId != 0 && TakeSuppression(key, true) ? ReportAsync(_table.KeepSuppressionAsync(this, key)) : Task.CompletedTask;
    }

    /// <summary>The chat takes messages again: it wrote, or one went through. As <see cref="SuppressAsync"/>.</summary>
    public Task LiftAsync(Bot bot, long chatId)
    {
        ChatKey key = new(bot.Id, chatId);
        return SuppressedCount > 0 && TakeSuppression(key, false) ? ReportAsync(_table.KeepSuppressionAsync(this, key)) : Task.CompletedTask;
    }

    /// <summary>The group became a supergroup. As <see cref="SuppressAsync"/>.</summary>
    public Task MigrateAsync(Bot bot, long chatId, long became)
    {
        ChatKey key = new(bot.Id, chatId);
        return chatId < 0 && TakeMigration(key, became) ? ReportAsync(_table.KeepMigrationAsync(this, key)) : Task.CompletedTask;
    }

    /// <summary>Changes memory only: what was read or told by others. False when it said so already, or there is no room.</summary>
    public bool TakeSuppression(ChatKey key, bool suppressed)
    {
        if (suppressed ? SuppressedCount >= Limits.SuppressedChatsMax || !_suppressed.TryAdd(key, true) : !_suppressed.TryRemove(key, out _)) return false;
        Interlocked.Add(ref _suppressedCount, suppressed ? 1 : -1);
        return true;
    }

    /// <summary>As <see cref="TakeSuppression"/>.</summary>
    public bool TakeMigration(ChatKey key, long became)
    {
        if (key.Chat == became || _migrated.Count >= Limits.MigratedChatsMax) return false;
        if (_migrated.TryGetValue(key, out long known) && known == became) return false;
        _migrated[key] = became;
        return true;
    }

    /// <summary>As <see cref="TakeSuppression"/>.</summary>
    public void TakeName(long bot, string name, long chatId)
    {
        if (_names.Count >= Limits.ChatNamesMax) _names.Clear();
        _names[(bot, name)] = chatId;
    }

    /// <summary>Another process heard the chat whose key has this hash.</summary>
    public void TakeHeard(ulong hash) => _heard.HeardElsewhere(hash);

    /// <summary>Memory only: suppressions that others lifted are gone.</summary>
    /// <param name="suppressed">All that stand.</param>
    /// <param name="newer">What memory knows better: it changed since that was read.</param>
    public void DropSuppressions(HashSet<ChatKey> suppressed, Func<ChatKey, bool> newer)
    {
        foreach ((ChatKey key, _) in _suppressed)
        {
            if (!suppressed.Contains(key) && !newer(key)) TakeSuppression(key, false);
        }
    }

    private void HeardFrom(Bot bot, long chatId)
    {
        if (chatId == 0) return;
        _heard.Heard(new ChatKey(bot.Id, chatId));
        if (IsSuppressed(bot, chatId)) _ = LiftAsync(bot, chatId);
    }

    // A fact that could not be written costs at most one more refusal after a restart: it is reported, not repeated.
    private async Task ReportAsync(Task write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            LogNotKept(error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A fact about a chat is in memory only: {Reason}")]
    private partial void LogNotKept(string reason);
}
