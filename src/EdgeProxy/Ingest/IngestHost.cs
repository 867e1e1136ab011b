using EdgeProxy.Bots;
using EdgeProxy.Cluster;
using EdgeProxy.Journal;
using EdgeProxy.Telegram;

namespace EdgeProxy.Ingest;

/// <summary>Runs what Ingest does of its own accord: a registrar for every webhook that is ours to set, a loop for every polled bot.</summary>
internal sealed class IngestHost
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Func<CancellationToken, Task>> _loops = [];
    private readonly List<IngestState> _states = [];
    private readonly List<LongPollLoop> _leased = [];
    private readonly List<Action> _allow = [];
    private readonly LeaseTable? _leases;
    private Task _running = Task.CompletedTask;

    /// <param name="wants">The kinds each of a bot's consumers names; an empty list is Telegram's default.</param>
    /// <param name="leases">In a cluster: each bot is polled by the one process that holds its lease. Null: by this one.</param>
    public IngestHost(
        BotRegistry bots, Func<Bot, IEnumerable<IReadOnlyList<UpdateKind>>> wants, BotApiClient client, IUpdateJournal journal,
        UpdateHeard heard, TimeProvider time, ILoggerFactory loggers, ClusterLeases? leases = null)
    {
        foreach (Bot bot in bots.All)
        {
            AllowedUpdates allowed = AllowedUpdates.For(wants(bot));
            if (bot.Mode == IngestMode.Polling)
            {
                var loop = new LongPollLoop(bot, allowed, client, journal, heard, time, loggers.CreateLogger<LongPollLoop>());
                _allow.Add(() => loop.Allow(AllowedUpdates.For(wants(bot))));
                if (leases is null) Add(stop => loop.RunAsync(stop), loop.State);
                else AddLeased(loop);
            }
            else if (bot.Mode == IngestMode.Webhook && bot.WebhookUrl is not null)
            {
                var loop = new WebhookRegistrarLoop(bot, allowed, client, time, loggers.CreateLogger<WebhookRegistrarLoop>());
                _allow.Add(() => loop.Allow(AllowedUpdates.For(wants(bot))));
                Add(loop.RunAsync, loop.State);
            }
        }

        if (_leased.Count > 0) _leases = leases!.Table("poll", [.. _leased.Select(loop => $"poll/{loop.State.Bot}")], PollAsync);
    }

    /// <summary>One per loop, for health.</summary>
    public IReadOnlyList<IngestState> States => _states;

    /// <summary>Consumers may want other kinds than before: Telegram is told, with the next getUpdates or by setWebhook. One call at a time.</summary>
    public void ConsumersChanged() => _allow.ForEach(static allow => allow());

    public void Start()
    {
        _running = Task.WhenAll(_loops.Select(loop => Task.Run(() => loop(_stopping.Token))));
        _leases?.Start();
    }

    /// <summary>Ends the loops; what a poll had fetched and not stored is fetched again after the restart.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        if (_leases is not null) await _leases.StopAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // the way a loop ends
        }
    }

    private void Add(Func<CancellationToken, Task> loop, IngestState state)
    {
        _loops.Add(loop);
        _states.Add(state);
    }

    private void AddLeased(LongPollLoop loop)
    {
        loop.State.Problem = null; // Polled elsewhere, as far as this process knows.
        _leased.Add(loop);
        _states.Add(loop.State);
    }

    private async Task PollAsync(Lease lease)
    {
        LongPollLoop loop = _leased[lease.Index];
        try
        {
            await loop.RunAsync(lease.Closing, () => lease.IsHeld);
        }
        catch (OperationCanceledException)
        {
            // The lease closes. What a poll had fetched and not stored, the next owner fetches again.
        }

        loop.State.Problem = null;
    }
}
