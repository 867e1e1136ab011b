using EdgeProxy.Bots;
using EdgeProxy.Outbox;
using EdgeProxy.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>The embedded engine over a real file.</summary>
internal sealed class SqliteRig : OutboxRig
{
    private int _life;

    public SqliteRig() => Open();

    public StateFile State { get; private set; } = null!;
    public string StatePath => Folder.File($"state{_life}.db");

    public SqliteOutbox Another() => new(State, new BotRegistry([Bot]), Settings, Time, NullLogger.Instance);

    public override Task<long> BeginAsync() => Store.BeginAsync();

    public override async Task ReopenAsync()
    {
        await State.DisposeAsync();
        Open();
    }

    /// <summary>The files as they are on disk, opened at another place.</summary>
    public override async Task CrashAsync()
    {
        string from = StatePath;
        _life++;
        foreach (string suffix in new[] { "", "-wal" })
        {
            if (File.Exists(from + suffix)) File.Copy(from + suffix, StatePath + suffix);
        }

        await State.DisposeAsync();
        Open();
    }

    public override Task<IReadOnlyList<long>> TallyAsync() => Task.FromResult(Store.Tally(Bot.Id));

    public override Task<long> AttemptRowsAsync() => Task.FromResult(State.Read(database =>
    {
        SqliteStatement count = database.Prepare("SELECT count(*) FROM outbox_attempt");
        count.Step();
        return count.Int64(0);
    }));

    protected override async Task CloseAsync() => await State.DisposeAsync();

    private void Open()
    {
        State = StateFile.Open(StatePath, SqliteOutbox.Migrations, Time, NullLogger.Instance);
        SqliteOutbox store = Another();
        Store = new AnyStore(store, store, () => Task.CompletedTask);
    }
}
