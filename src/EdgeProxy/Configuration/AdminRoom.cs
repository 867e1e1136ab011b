using EdgeProxy.Admin;
using EdgeProxy.Outbox;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Configuration;

/// <summary>
/// The Admin room as it is configured: its jobs' file, which is this process's own, in a cluster too, for the sessions are on its machine; its host; its
/// API; and the outbox's way over MTProto. Without Mtproto in the configuration only the API is there, and says so.
/// </summary>
internal sealed class AdminRoom : IAsyncDisposable
{
    private readonly StateFile? _jobs;

    private AdminRoom(EdgeSettings settings, StateFile? jobs, TimeProvider time, ILoggerFactory loggers)
    {
        _jobs = jobs;
        if (settings.Mtproto is not null && jobs is not null) Host = new AdminHost(settings.Mtproto, jobs, time, loggers);
        Endpoint = new AdminEndpoint(settings.ApiKeys, Host, time, loggers.CreateLogger<AdminEndpoint>());
        Outbox = Host?.Settings.DefaultAccount is { } account
            ? settings.Outbox with { Mtproto = new MtprotoMessages(Host.Client, account).SendAsync }
            : settings.Outbox;
    }

    /// <summary>Null when MTProto is off.</summary>
    public AdminHost? Host { get; }

    public AdminEndpoint Endpoint { get; }

    /// <summary>The outbox's settings, with the way over MTProto when there is one.</summary>
    public OutboxSettings Outbox { get; }

    /// <exception cref="StateFileException">The jobs' file cannot be opened.</exception>
    public static AdminRoom Open(EdgeSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        StateFile? jobs = settings.Mtproto is null
            ? null
            : StateFile.Open(settings.AdminPath, AdminStore.Migrations, time, loggers.CreateLogger<StateFile>());
        return new AdminRoom(settings, jobs, time, loggers);
    }

    public void Start() => Host?.Start();

    public Task StopAsync() => Host?.StopAsync() ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Host is not null) await Host.DisposeAsync();
        if (_jobs is not null) await _jobs.DisposeAsync();
    }
}
