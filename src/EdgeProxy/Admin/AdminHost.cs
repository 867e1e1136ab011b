using System.Collections.Concurrent;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>The room's life: the process, a loop for each account with jobs, the look at its health, the sweep of what is old.</summary>
internal sealed partial class AdminHost : IAsyncDisposable
{
    private readonly SidecarProcess? _process;
    private readonly JobRunner _runner;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Lazy<AccountLoop>> _loops = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Task> _running = [];
    private int _stopped;

    public AdminHost(MtprotoSettings settings, StateFile state, TimeProvider time, ILoggerFactory loggers)
    {
        (_time, _logger) = (time, loggers.CreateLogger<AdminHost>());
        Settings = settings;
        State = state;
        Store = new AdminStore(state, time);
        Client = new SidecarClient(settings);
        if (settings.Command is not null) _process = new SidecarProcess(settings.Command, time, loggers.CreateLogger<SidecarProcess>());
        Uploads = new UploadReceiver(this, time);
        _runner = new JobRunner(Store, new StepCalls(Store, Client, time), time);
    }

    public MtprotoSettings Settings { get; }

    public StateFile State { get; }

    public AdminStore Store { get; }

    public SidecarClient Client { get; }

    public UploadReceiver Uploads { get; }

    /// <summary>Ends with the room.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Why MTProto does not work now, for the operator; null when it does.</summary>
    public string? Fault => _process?.Fault ?? Client.Fault;

    /// <summary>Starts the process and takes up what a crash or a stop left open.</summary>
    public void Start()
    {
        _process?.Start();
        foreach (string account in Store.OpenAccounts()) Wake(account);
        _running.Add(Task.Run(() => EveryAsync(Limits.SidecarProbeMs, () => Client.ProbeAsync(_stop.Token))));
        _running.Add(Task.Run(() => EveryAsync(Limits.AdminSweepMs, Store.SweepAsync)));
    }

    /// <summary>The account has something to do.</summary>
    public void Wake(string account)
    {
        if (_stop.IsCancellationRequested) return;
        _loops.GetOrAdd(account, name => new Lazy<AccountLoop>(() => Begin(name))).Value.Wake();
    }

    /// <summary>Ends the loops, then the process. Steps under way are settled at the next start.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        if (_process is not null) await _process.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
    }

    private AccountLoop Begin(string account)
    {
        var loop = new AccountLoop(account, Store, _runner, _time, _logger);
        _running.Add(Task.Run(() => loop.RunAsync(_stop.Token)));
        return loop;
    }

    private async Task EveryAsync(int ms, Func<Task> work)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(ms), _time);
        try
        {
            do
            {
                try
                {
                    await work();
                }
                catch (StateFileException error)
                {
                    LogNotSwept(_logger, error.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The end.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old MTProto jobs were not removed: {Reason}")]
    private static partial void LogNotSwept(ILogger logger, string reason);
}
