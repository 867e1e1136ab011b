using System.Collections.Frozen;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>
/// Sends calls through the lanes: the one way messages leave. Steps of a send:
/// 1. The chat: a group that became a supergroup is addressed anew, an @name finds the lane of its chat once that is known.
/// 2. Methods that cost nothing go past the lanes.
/// 3. Bulk to a chat that blocked the bot ends here; a chat that wrote lately makes the call interactive.
/// 4. The call waits for its turn.
/// 5. The caller's last word, then the attempt.
/// 6. What the answer teaches about the chat is remembered.
/// 7. Again where that is safe and there is time: after a 429, a 5xx or a failure to connect in the same lane, after a migration in the new chat's.
///    What is in doubt is never sent again.
/// </summary>
internal sealed class LaneSender : IAsyncDisposable
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(Limits.ApiAnswerS);
    private readonly FrozenDictionary<Bot, LaneScheduler> _lanes;
    private readonly IReadOnlyList<Bot> _bots;
    private readonly BotApiClient _client;
    private readonly ChatFacts _facts;
    private readonly TimeProvider _time;

    /// <param name="bots">Who sends.</param>
    /// <param name="settings">Each bot's budgets.</param>
    /// <param name="client">The way to Telegram.</param>
    /// <param name="facts">What is known of chats.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="loggers">For what goes wrong.</param>
    /// <param name="shared">In a cluster: the budget that all processes share, one per bot; the sender disposes it.</param>
    public LaneSender(
        BotRegistry bots, Func<Bot, LaneSettings> settings, BotApiClient client, ChatFacts facts, TimeProvider time, ILoggerFactory loggers,
        Func<Bot, LaneSettings, RedisBudget>? shared = null)
    {
        (_bots, _client, _facts, _time) = (bots.All, client, facts, time);
        ILogger logger = loggers.CreateLogger<LaneScheduler>();
        _lanes = bots.All.ToFrozenDictionary(bot => bot, bot => new LaneScheduler(bot, settings(bot), time, logger, shared?.Invoke(bot, settings(bot))));
    }

    /// <summary>Waits for the call's turn, sends it, and tries again where that is safe and within <see cref="SendTerms.MaxWait"/>.</summary>
    /// <param name="bot">Whose lanes and token; one of the registry.</param>
    /// <param name="call">The call.</param>
    /// <param name="terms">Priority and wait.</param>
    /// <param name="cancellationToken">
    /// The caller is gone: a call that has not left is dropped (Abandoned). One that has left is cut off and reported as Unknown.
    /// </param>
    /// <returns>Never fails for what the network or Telegram does.</returns>
    public async ValueTask<SendResult> SendAsync(Bot bot, OutgoingCall call, SendTerms terms, CancellationToken cancellationToken)
    {
        var send = new Send(bot, call, terms, _time.GetTimestamp());
        SendOutcome outcome = call.Method.Kind == MethodKind.Free
            ? await PastTheLanesAsync(send, cancellationToken).ConfigureAwait(false)
            : await ThroughTheLanesAsync(send, cancellationToken).ConfigureAwait(false);
        SendMetrics.Ended(bot.Name, outcome);
        return new SendResult(outcome, send.Reply, send.RetryAfterS, send.Attempts, send.MigratedTo);
    }

    /// <summary>One per bot.</summary>
    public IReadOnlyList<LaneSnapshot> Snapshot() => [.. _bots.Select(bot => _lanes[bot].Snapshot())];

    /// <summary>Each bot's last counted UTC day of paid broadcasting, and its Stars.</summary>
    public IEnumerable<(Bot Bot, DateOnly Day, double Stars)> Spending() =>
        _bots.Select(bot => (bot, _lanes[bot].Spending.Day, _lanes[bot].Spending.Stars));

    /// <summary>At start: what was spent on that day already.</summary>
    public void RestoreSpending(Bot bot, DateOnly day, double stars) => _lanes[bot].RestoreSpending(day, stars);

    public async ValueTask DisposeAsync()
    {
        foreach (LaneScheduler lanes in _lanes.Values) await lanes.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<SendOutcome> ThroughTheLanesAsync(Send send, CancellationToken cancellationToken)
    {
        // 1. Whom it addresses now.
        long chat = ResolveChat(send);

        // 3. Whether it should go at all, and how soon.
        LanePriority priority = send.Terms.Priority;
        if (priority == LanePriority.Bulk && _facts.IsSuppressed(send.Bot, chat)) return SendOutcome.Suppressed;
        if (send.Terms.RaiseWhenHeard && _facts.HeardLately(send.Bot, chat)) priority = LanePriority.Interactive;

        for (int hop = 0; ; hop++)
        {
            // 4. to 7. within one lane.
            SendOutcome outcome = await InLaneAsync(send, chat, priority, cancellationToken).ConfigureAwait(false);
            if (outcome != SendOutcome.Migrated || hop >= Limits.MigrationHopsMax) return outcome;

            // 7. The group became a supergroup: that chat's lane is the one to wait in.
            if (!TryReaddress(send, send.Reply.MigrateToChatId)) return outcome;
            await TellRefused(send, outcome).ConfigureAwait(false);
            chat = send.MigratedTo;
        }
    }

    private async ValueTask<SendOutcome> InLaneAsync(Send send, long chat, LanePriority priority, CancellationToken cancellationToken)
    {
        LaneScheduler lanes = _lanes[send.Bot];
        LaneKey key = chat != 0 ? new LaneKey(chat) : KeyOfName(send.Bot, send.Call.Chat.Name);

        // 4. The turn.
        int waitMs = RemainingMs(send);
        LaneRequest request = new(key, priority, send.Call.Weight, send.Call.Paid, waitMs, send.Body.CanResend);
        LaneGrant grant = await lanes.EnterAsync(request, cancellationToken).ConfigureAwait(false);
        if (grant.Verdict != LaneVerdict.Granted) return Refused(send, grant);
        while (true)
        {
            // 5. The last word and the attempt. However it ends, the place is given back.
            SendOutcome outcome = SendOutcome.Abandoned;
            int pauseMs = -1;
            try
            {
                outcome = await AttemptAsync(send, cancellationToken).ConfigureAwait(false);

                // 6. What it teaches.
                Remember(send, chat, outcome);
                pauseMs = PauseMs(send, outcome);
            }
            finally
            {
                if (pauseMs < 0) lanes.Leave(grant, outcome, send.RetryAfterS);
            }

            // 7. Again, at the head of the lane.
            if (pauseMs < 0) return outcome;
            int flood = outcome == SendOutcome.RetryAfter ? send.RetryAfterS : 0;
            int notBeforeMs = outcome == SendOutcome.RetryAfter ? 0 : pauseMs;
            Task told = TellRefused(send, outcome);
            grant = await lanes.AgainAsync(grant, outcome, flood, notBeforeMs, RemainingMs(send), cancellationToken).ConfigureAwait(false);
            await told.ConfigureAwait(false);
            if (grant.Verdict == LaneVerdict.Granted) continue;

            // No second turn in time, or the caller went: the last answer stands, and says that sending again is safe.
            if (grant.Verdict == LaneVerdict.Full && outcome != SendOutcome.RetryAfter) send.RetryAfterS = Math.Max(1, grant.RetryAfterS);
            return outcome;
        }
    }

    // 2. No budget to wait for; but a 429 names its time here too, and what did not leave may be tried again.
    private async ValueTask<SendOutcome> PastTheLanesAsync(Send send, CancellationToken cancellationToken)
    {
        while (true)
        {
            SendOutcome outcome = await AttemptAsync(send, cancellationToken).ConfigureAwait(false);
            int pauseMs = outcome is SendOutcome.RetryAfter or SendOutcome.NotSent ? PauseMs(send, outcome) : -1;
            if (pauseMs < 0) return outcome;
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), _time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return outcome;
            }
        }
    }

    private async ValueTask<SendOutcome> AttemptAsync(Send send, CancellationToken cancellationToken)
    {
        send.RetryAfterS = 0;
        if (cancellationToken.IsCancellationRequested) return SendOutcome.Abandoned;
        if (send.Terms.BeforeFirstByte is { } last && !await last().ConfigureAwait(false)) return SendOutcome.Abandoned;
        long start = _time.GetTimestamp();
        OutgoingCall call = send.Call with { Body = send.Body };
        send.Reply = await _client.SendAsync(send.Bot.ApiRoot, send.Bot.Token, call, Answer, cancellationToken).ConfigureAwait(false);
        SendOutcome outcome = SendClassifier.Of(send.Reply, out int retryAfterS);
        send.RetryAfterS = retryAfterS;
        if (outcome != SendOutcome.NotSent) send.Attempts++;
        else if (cancellationToken.IsCancellationRequested) outcome = SendOutcome.Abandoned;
        SendMetrics.Attempted(send.Bot.Name, outcome, _time.GetElapsedTime(start).TotalSeconds);
        return outcome;
    }

    private static Task TellRefused(Send send, SendOutcome outcome) =>
        send.Terms.WhenRefused?.Invoke(new SendResult(outcome, send.Reply, send.RetryAfterS, send.Attempts, send.MigratedTo)) ?? Task.CompletedTask;

    // Writes to the state file are not waited for: a fact lost with a crash costs one more refusal.
    private void Remember(Send send, long chat, SendOutcome outcome)
    {
        switch (outcome)
        {
            case SendOutcome.Sent:
                if (chat != 0) _ = _facts.LiftAsync(send.Bot, chat);

                // Users have no @name that a bot could send to.
                if (chat <= 0 && AnswerChat.TryRead(send.Reply.Body, out long id, out string? name))
                {
                    if (send.Call.Chat.Name is ['@', ..] asked) _facts.Learn(send.Bot, asked, id);
                    if (name is not null) _facts.Learn(send.Bot, name, id);
                }

                break;
            case SendOutcome.Blocked when chat != 0:
                _ = _facts.SuppressAsync(send.Bot, chat);
                break;
            case SendOutcome.Migrated when chat != 0:
                _ = _facts.MigrateAsync(send.Bot, chat, send.Reply.MigrateToChatId);
                break;
        }
    }

    // Milliseconds until the next attempt; -1 when there is to be none.
    private int PauseMs(Send send, SendOutcome outcome)
    {
        if (outcome is not (SendOutcome.RetryAfter or SendOutcome.ServerError or SendOutcome.NotSent) || !send.Body.CanResend) return -1;
        long pauseMs = outcome == SendOutcome.RetryAfter
            ? send.RetryAfterS * 1000L
            : SendBackoff.DelayMs(++send.Failures, Random.Shared);
        return pauseMs <= RemainingMs(send) ? (int)pauseMs : -1;
    }

    private long ResolveChat(Send send)
    {
        ChatTarget target = send.Call.Chat;
        if (target.Name is ['@', ..] name) return _facts.Resolve(send.Bot, name);
        long current = _facts.Current(send.Bot, target.Id);
        return current != target.Id && TryReaddress(send, current) ? current : target.Id;
    }

    private static bool TryReaddress(Send send, long chat)
    {
        if (send.Body.WithChatId(chat) is not { } body) return false;
        (send.Body, send.MigratedTo) = (body, chat);
        return true;
    }

    private static SendOutcome Refused(Send send, in LaneGrant grant)
    {
        if (grant.Verdict == LaneVerdict.Abandoned) return SendOutcome.Abandoned;
        send.RetryAfterS = Math.Max(1, grant.RetryAfterS);
        return SendOutcome.LaneFull;
    }

    // Equal names meet in one lane; that two different ones do costs nothing but speed.
    private static LaneKey KeyOfName(Bot bot, string? name) => name is null ? default : LaneKey.OfHash(Fnv1A.Hash((ulong)bot.Id, name));

    private int RemainingMs(Send send) =>
        (int)Math.Clamp((send.Terms.MaxWait - _time.GetElapsedTime(send.StartedAt)).TotalMilliseconds, 0, int.MaxValue);

    // One call on its way: what changes from attempt to attempt.
    private sealed class Send(Bot bot, OutgoingCall call, SendTerms terms, long startedAt)
    {
        public Bot Bot => bot;
        public OutgoingCall Call => call;
        public SendTerms Terms => terms;
        public long StartedAt => startedAt;
        public CallBody Body { get; set; } = call.Body;
        public ApiReply Reply { get; set; }
        public int RetryAfterS { get; set; }
        public int Attempts { get; set; }
        public int Failures { get; set; }
        public long MigratedTo { get; set; }
    }
}
