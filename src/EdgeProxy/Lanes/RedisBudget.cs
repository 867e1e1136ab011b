using System.Buffers.Text;
using System.Globalization;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Lanes;

/// <summary>
/// One bot's budget as all processes of a cluster share it: asks Redis for each turn that the loop of this process would give, and tells it when the
/// call is back. One round trip a call; the second script is not waited for. Answers are posted to the loop, which owns all that follows from them,
/// also whether this process goes by itself while Redis is away. See <see cref="BudgetScripts"/>.
/// </summary>
internal sealed partial class RedisBudget : IDisposable
{
    private const double UsPerSecond = 1_000_000;
    private const int KeyBytesMax = 128;
    private readonly RedisClient _client;
    private readonly Func<int> _members;
    private readonly ILogger _logger;
    private readonly byte[] _prefix;
    private readonly byte[][] _tiers;
    private readonly byte[][] _private;
    private readonly byte[][] _group;
    private readonly byte[][] _reserves;
    private readonly long _starsTenths;
    private Action<LaneMail> _post = static _ => { };
    private int _isAlone;

    /// <param name="client">Connected to the servers of the cluster.</param>
    /// <param name="cluster">Its name; begins every key.</param>
    /// <param name="bot">Whose budget.</param>
    /// <param name="settings">The same in every process.</param>
    /// <param name="members">Processes that are known to live, this one among them. From any thread; must be quick.</param>
    /// <param name="logger">Hears when this process goes by itself.</param>
    public RedisBudget(RedisClient client, string cluster, Bot bot, LaneSettings settings, Func<int> members, ILogger logger)
    {
        (_client, _members, _logger, Bot) = (client, members, logger, bot.Name);
        _prefix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{{cluster}:b{bot.Id}}}:"));
        LaneRates rates = LaneRates.Of(settings);
        _tiers =
        [
            Text(UsPerSecond / rates.PerSecond), Text(rates.Burst), Text(rates.Ceiling),
            Text(UsPerSecond / rates.PaidPerSecond), Text(rates.PaidBurst), Text(rates.PaidPerSecond),
        ];
        _private = [Text(UsPerSecond / rates.PrivatePerSecond), Text(rates.PrivateBurst)];
        _group = [Text(UsPerSecond / rates.GroupPerSecond), Text(rates.GroupBurst)];
        _reserves = [Text(rates.Reserve(LanePriority.Interactive)), Text(rates.Reserve(LanePriority.Normal)), Text(rates.Reserve(LanePriority.Bulk))];
        _starsTenths = settings.PaidStarsPerDay * 10L;
        BudgetMetrics.Show(this);
    }

    public string Bot { get; }

    /// <summary>Redis is away: this process sends its share of every rate.</summary>
    public bool IsAlone => Volatile.Read(ref _isAlone) != 0;

    /// <summary>This process' part of every rate while it is alone.</summary>
    public double Share => 1.0 / Math.Clamp(_members(), 1, Limits.BudgetMembersMax);

    /// <summary>Where answers go.</summary>
    public void Connect(Action<LaneMail> post) => _post = post;

    /// <summary>Asks for the turn of an entry, which comes back as a letter with its answer. Never throws.</summary>
    public void Ask(LaneEntry entry) => _ = AskAsync(entry);

    /// <summary>Asks whether turns are given, without taking one; the answer is a <see cref="LaneProbed"/>.</summary>
    /// <param name="isBack">The first question after Redis was away.</param>
    public void Probe(bool isBack) => _ = ProbeAsync(isBack);

    /// <summary>A granted call is back. What cannot be told costs the shared budget a few seconds of one place.</summary>
    public void Settle(LaneKey key, LaneEntry entry) => _ = SettleAsync(key, entry);

    /// <summary>The loop's word on whether this process goes by itself, for metrics and the log.</summary>
    public void SetAlone(bool isAlone, double share)
    {
        if (Interlocked.Exchange(ref _isAlone, isAlone ? 1 : 0) == (isAlone ? 1 : 0)) return;
        if (isAlone) LogAlone(Bot, share);
        else LogTogether(Bot);
    }

    public void Dispose() => BudgetMetrics.Hide(this);

    private async Task AskAsync(LaneEntry entry)
    {
        entry.WriteReserved(await ReserveAsync(entry.Lane!.Key, entry.Request, entry.ToTheLast, false).ConfigureAwait(false));
        _post(entry);
    }

    private async Task ProbeAsync(bool isBack)
    {
        var request = new LaneRequest(default, LanePriority.Interactive, 0, false, 0, false);
        _post(new LaneProbed(await ReserveAsync(default, request, true, isBack).ConfigureAwait(false)));
    }

    private async Task<BudgetReply> ReserveAsync(LaneKey key, LaneRequest request, bool toTheLast, bool isBack)
    {
        BudgetReply reply;
        try
        {
            using RedisCommand command = Begin(BudgetScripts.Reserve, key, request.Weight);
            command.TimeOutMs = Limits.BudgetAskMs;
            command.Add((long)request.Priority).Add(_reserves[toTheLast ? 0 : (int)request.Priority]);
            command.Add(request.Paid ? 1 : 0).Add(_starsTenths).Add(isBack ? 1 : 0);
            RedisOutcome outcome = await _client.SendAsync(command).ConfigureAwait(false);
            reply = Read(command, outcome);
            if (outcome == RedisOutcome.ServerError && !IsAlone) LogRefused(Bot, Encoding.ASCII.GetString(command.Error));
        }
        catch (Exception error)
        {
            // A bug. It must not cost the caller that waits for its turn.
            LogBroken(Bot, error);
            reply = new BudgetReply(BudgetAnswer.Fault);
        }

        BudgetMetrics.Asked(Bot, reply.Answer);
        return reply;
    }

    private async Task SettleAsync(LaneKey key, LaneEntry entry)
    {
        try
        {
            // All of the entry is read before the first await: it is soon another call's.
            using RedisCommand command = Begin(BudgetScripts.Settle, key, entry.Request.Weight);
            int floodS = entry.Outcome == SendOutcome.RetryAfter ? Math.Clamp(entry.RetryAfterS, 1, Limits.LaneRetryAfterSMax) : 0;
            command.Add(entry.ReservedSecond).Add(LocalBudget.IsCounted(entry.Outcome) ? 1 : 0);
            command.Add(entry.Request.Paid ? 1 : 0).Add(entry.ByStars ? 1 : 0).Add(floodS);
            await _client.SendAsync(command).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogBroken(Bot, error);
        }
    }

    private RedisCommand Begin(RedisScript script, LaneKey key, int weight)
    {
        RedisCommand command = _client.Rent(script, key.IsNone ? 1 : 2);
        Span<byte> name = stackalloc byte[KeyBytesMax];
        _prefix.CopyTo(name);
        "rate"u8.CopyTo(name[_prefix.Length..]);
        command.Key(name[..(_prefix.Length + 4)]);
        if (!key.IsNone)
        {
            name[_prefix.Length] = (byte)'c';
            Utf8Formatter.TryFormat(key.Value, name[(_prefix.Length + 1)..], out int digits);
            command.Key(name[..(_prefix.Length + 1 + digits)]);
        }

        command.Add(weight);
        foreach (byte[] number in _tiers) command.Add(number);
        foreach (byte[] number in key.IsPrivate ? _private : _group) command.Add(number);
        return command;
    }

    private static BudgetReply Read(RedisCommand command, RedisOutcome outcome)
    {
        // The client has too much to do already; Redis is not away.
        if (outcome == RedisOutcome.Full) return new BudgetReply(BudgetAnswer.Busy, Limits.BudgetAheadMs * 1000L);
        RespReader reply = command.Reply;
        if (outcome != RedisOutcome.Ok || !reply.TryReadAggregate(out _)) return new BudgetReply(BudgetAnswer.Fault);
        bool isRead = reply.TryReadInteger(out long kind) & reply.TryReadInteger(out long waitUs) & reply.TryReadInteger(out long level)
            & reply.TryReadInteger(out long second) & reply.TryReadInteger(out long stars);
        if (!isRead || kind is < 0 or >= (long)BudgetAnswer.Fault) return new BudgetReply(BudgetAnswer.Fault);
        return new BudgetReply((BudgetAnswer)kind, waitUs, level / 1000.0, second, stars == 1);
    }

    private static byte[] Text(double number) => Encoding.ASCII.GetBytes(number.ToString("R", CultureInfo.InvariantCulture));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Bot {Bot}: the shared budget does not answer; this process goes on with {Share:P0} of every rate")]
    private partial void LogAlone(string bot, double share);

    [LoggerMessage(Level = LogLevel.Information, Message = "Bot {Bot}: the shared budget is back")]
    private partial void LogTogether(string bot);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Bot {Bot}: Redis refused to count: {Reason}")]
    private partial void LogRefused(string bot, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Bot {Bot}: asking the shared budget broke")]
    private partial void LogBroken(string bot, Exception error);
}
