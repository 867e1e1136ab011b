using System.Collections.Concurrent;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>
/// What is known of chats beyond their budgets: who wrote lately, who blocked the bot, which group became which supergroup, which @name is which
/// chat. Blocks and migrations survive a restart. Memory is what is asked; a write to the state file follows each change and writes what memory
/// says at that moment, so the last of two racing changes is the one that stays.
/// </summary>
internal sealed partial class ChatFacts
{
    public static readonly Migration[] Migrations = LaneStore.Migrations;

    private readonly StateFile _state;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HeardTable _heard;
    private readonly ConcurrentDictionary<ChatKey, bool> _suppressed = new();
    private readonly ConcurrentDictionary<ChatKey, long> _migrated = new();
    private readonly ConcurrentDictionary<(long Bot, string Name), long> _names = new();
    private int _suppressedCount;

    /// <summary>Loads what the state file holds.</summary>
    public ChatFacts(StateFile state, TimeProvider time, ILogger logger)
    {
        (_state, _time, _logger) = (state, time, logger);
        _heard = new HeardTable(time);
        _ = state.Read(database =>
        {
            LaneStore.LoadSuppressed(database, key => _suppressed.TryAdd(key, true));
            LaneStore.LoadMigrated(database, (key, became) => _migrated.TryAdd(key, became));
            return 0;
        });
        _suppressedCount = _suppressed.Count;
    }

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
    public bool IsSuppressed(Bot bot, long chatId) => SuppressedCount > 0 && _suppressed.ContainsKey(new ChatKey(bot.Id, chatId));

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
        if (_names.Count >= Limits.ChatNamesMax) _names.Clear();
        _names[key] = chatId;
    }

    /// <summary>A 403 came: bulk stays away until the chat is heard from. In force at once; the task completes once it is on disk or that failed.</summary>
    public Task SuppressAsync(Bot bot, long chatId)
    {
        if (chatId == 0 || SuppressedCount >= Limits.SuppressedChatsMax) return Task.CompletedTask;
        ChatKey key = new(bot.Id, chatId);
        if (!_suppressed.TryAdd(key, true)) return Task.CompletedTask;
        Interlocked.Increment(ref _suppressedCount);
        return KeepSuppressionAsync(key);
    }

    /// <summary>The chat takes messages again: it wrote, or one went through. As <see cref="SuppressAsync"/>.</summary>
    public Task LiftAsync(Bot bot, long chatId)
    {
        ChatKey key = new(bot.Id, chatId);
        if (SuppressedCount == 0 || !_suppressed.TryRemove(key, out _)) return Task.CompletedTask;
        Interlocked.Decrement(ref _suppressedCount);
        return KeepSuppressionAsync(key);
    }

    /// <summary>The group became a supergroup. As <see cref="SuppressAsync"/>.</summary>
    public Task MigrateAsync(Bot bot, long chatId, long became)
    {
        ChatKey key = new(bot.Id, chatId);
        if (chatId == became || chatId >= 0 || _migrated.Count >= Limits.MigratedChatsMax) return Task.CompletedTask;
        if (_migrated.TryGetValue(key, out long known) && known == became) return Task.CompletedTask;
        _migrated[key] = became;
        return WriteAsync(database =>
        {
            if (_migrated.TryGetValue(key, out long last)) LaneStore.Migrate(database, key, last);
        });
    }

    private void HeardFrom(Bot bot, long chatId)
    {
        if (chatId == 0) return;
        _heard.Heard(new ChatKey(bot.Id, chatId));
        if (IsSuppressed(bot, chatId)) _ = LiftAsync(bot, chatId);
    }

    private Task KeepSuppressionAsync(ChatKey key) => WriteAsync(database =>
    {
        if (_suppressed.ContainsKey(key)) LaneStore.Suppress(database, key, _time.GetUtcNow().ToUnixTimeMilliseconds());
        else LaneStore.Lift(database, key);
    });

    // A fact that could not be written costs at most one more refusal after a restart: it is reported, not repeated.
    private async Task WriteAsync(Action<SqliteDatabase> work)
    {
        try
        {
            await _state.WriteAsync(work).ConfigureAwait(false);
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            LogNotKept(error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A fact about a chat is in memory only: {Reason}")]
    private partial void LogNotKept(string reason);
}
