using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// Which subscriptions there are: those of the configuration, and those that the API made, which a table keeps. A change is 1. written to the table,
/// 2. read back from it, with what other processes changed, and 3. applied: whoever delivers runs exactly these. In a cluster a feed calls
/// <see cref="RefreshAsync"/>; what could not be applied is applied then.
/// </summary>
internal sealed partial class SubscriptionBook
{
    private readonly BotRegistry _bots;
    private readonly IReadOnlyList<Subscription> _configured;
    private readonly ISubscriptionTable _table;
    private readonly SubscriptionReading _read;
    private readonly ILogger _logger;

    /// <summary>One change at a time.</summary>
    private readonly SemaphoreSlim _change = new(1, 1);

    /// <summary>By row; null for one that cannot be read.</summary>
    private Dictionary<SubscriptionRow, Subscription?> _made = [];
    private volatile IReadOnlyList<Subscription> _all;
    private Func<IReadOnlyList<Subscription>, Task<bool>> _apply = static _ => Task.FromResult(true);

    public SubscriptionBook(
        BotRegistry bots, IReadOnlyList<Subscription> configured, ISubscriptionTable table, SubscriptionReading read, ILogger logger)
    {
        (_bots, _configured, _table, _read, _logger) = (bots, configured, table, read, logger);
        _all = configured;
    }

    /// <summary>Those of the configuration first. Replaced whole.</summary>
    public IReadOnlyList<Subscription> All => _all;

    /// <summary>The kinds each of a bot's subscriptions names; an empty list is Telegram's default.</summary>
    public IEnumerable<IReadOnlyList<UpdateKind>> KindsWantedBy(Bot bot) =>
        _all.Where(subscription => subscription.Bot == bot).Select(subscription => subscription.Filter.Kinds);

    /// <summary>From now on each change is told, and the list as it is now.</summary>
    /// <param name="apply">Runs exactly these; false when it could not be done now.</param>
    /// <param name="wanted">Called first: <see cref="KindsWantedBy"/> may say something else.</param>
    public Task<bool> FollowAsync(Func<IReadOnlyList<Subscription>, Task<bool>> apply, Action wanted) => ChangeAsync(() =>
    {
        _apply = all =>
        {
            wanted();
            return apply(all);
        };
        return _apply(_all);
    });

    /// <summary>Takes over what the table says. False when it cannot be read or applied now: ask again.</summary>
    public Task<bool> RefreshAsync() => ChangeAsync(ReadAndApplyAsync);

    /// <summary>Makes one, or changes what it asks for.</summary>
    /// <param name="json">Readable by the book's reading.</param>
    public Task<SubscriptionOutcome> PutAsync(Bot bot, string name, string json) => ChangeAsync(async () =>
    {
        if (IsConfigured(bot, name)) return SubscriptionOutcome.Configured;
        if (!await TryAsync(ReadAsync)) return SubscriptionOutcome.Unavailable;
        bool isThere = Find(bot, name) is not null;
        if (!isThere && _all.Count(one => one.Bot == bot) >= Limits.SubscriptionsPerBotMax) return SubscriptionOutcome.Full;
        if (!await WriteAsync(() => _table.PutAsync(bot.Id, name, json))) return SubscriptionOutcome.Unavailable;
        LogPut(_logger, Subscription.IdOf(bot, name));
        return isThere ? SubscriptionOutcome.Replaced : SubscriptionOutcome.Made;
    });

    /// <summary>Removes one that the API made, and its cursor.</summary>
    public Task<SubscriptionOutcome> RemoveAsync(Bot bot, string name) => ChangeAsync(async () =>
    {
        if (!await ReadAndApplyAsync()) return SubscriptionOutcome.Unavailable;
        if (Find(bot, name) is null) return IsConfigured(bot, name) ? SubscriptionOutcome.Configured : SubscriptionOutcome.NotFound;
        if (!await WriteAsync(() => _table.DeleteAsync(bot.Id, name))) return SubscriptionOutcome.Unavailable;
        LogRemoved(_logger, Subscription.IdOf(bot, name));
        return SubscriptionOutcome.Removed;
    });

    private bool IsConfigured(Bot bot, string name) => _configured.Any(one => one.Id == Subscription.IdOf(bot, name));

    private SubscriptionRow? Find(Bot bot, string name) => _made.Keys.FirstOrDefault(row => row.BotId == bot.Id && row.Name == name);

    private async Task<T> ChangeAsync<T>(Func<Task<T>> work)
    {
        await _change.WaitAsync();
        try
        {
            return await work();
        }
        finally
        {
            _change.Release();
        }
    }

    private async Task<bool> WriteAsync(Func<Task> write) => await TryAsync(write) && await ReadAndApplyAsync();

    private async Task<bool> ReadAndApplyAsync() => await TryAsync(ReadAsync) && await _apply(_all);

    /// <summary>A row that says what it said before is the same subscription: it is not disturbed.</summary>
    private async Task ReadAsync()
    {
        var made = new Dictionary<SubscriptionRow, Subscription?>();
        Dictionary<long, Bot> byId = _bots.All.ToDictionary(bot => bot.Id);
        foreach (SubscriptionRow row in await _table.ReadAsync())
        {
            if (!byId.TryGetValue(row.BotId, out Bot? bot)) continue;
            if (!_made.TryGetValue(row, out Subscription? subscription))
            {
                subscription = _read(bot, row.Name, row.Number, row.Json, out Problem? problem);
                if (subscription is null) LogUnreadable(_logger, Subscription.IdOf(bot, row.Name), problem!.Detail);
                else if (IsConfigured(bot, row.Name)) LogHidden(_logger, subscription.Id);
            }

            made.Add(row, subscription);
        }

        _made = made;
        _all = [.. _configured, .. made.Values.OfType<Subscription>().Where(one => !IsConfigured(one.Bot, one.Name))];
    }

    private async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            LogFailed(_logger, error.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Subscription {Subscription} was put")]
    private static partial void LogPut(ILogger logger, string subscription);

    [LoggerMessage(Level = LogLevel.Information, Message = "Subscription {Subscription} was removed")]
    private static partial void LogRemoved(ILogger logger, string subscription);

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscription {Subscription} in the table cannot be read, it does not run: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string subscription, string? reason);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Subscription {Subscription} was made by the API and now stands in the configuration too, which counts; DELETE the other")]
    private static partial void LogHidden(ILogger logger, string subscription);

    [LoggerMessage(Level = LogLevel.Error, Message = "The table of subscriptions cannot be used, those known stay: {Error}")]
    private static partial void LogFailed(ILogger logger, string error);
}
