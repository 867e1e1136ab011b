using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Lanes;

/// <summary>The Stars spent by all processes of a cluster: one row for each bot, day and process, whose sum is what the day cost.</summary>
internal sealed class PostgresStars(PostgresDatabase database) : IStarTable
{
    private readonly long _process = Random.Shared.NextInt64();

    public Task SaveAsync(long bot, DateOnly day, double stars) => database.RunAsync(async (connection, stop) =>
    {
        await using var batch = new NpgsqlBatch(connection);
        var save = new NpgsqlBatchCommand(
            """
            INSERT INTO lanes_spending (bot, day, process, tenths) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bot, day, process) DO UPDATE SET tenths = excluded.tenths
            """);
        save.With(bot).With(day.DayNumber).With(_process).With((long)Math.Ceiling(stars * 10));
        var forget = new NpgsqlBatchCommand("DELETE FROM lanes_spending WHERE bot = $1 AND day < $2");
        forget.With(bot).With(day.DayNumber - Limits.SpendingDaysKept);
        batch.BatchCommands.Add(save);
        batch.BatchCommands.Add(forget);
        return await batch.ExecuteNonQueryAsync(stop);
    });

    public Task<Dictionary<long, double>?> OthersAsync(DateOnly day) => database.RunAsync<Dictionary<long, double>?>(async (connection, stop) =>
    {
        var others = new Dictionary<long, double>();
        await using var command = new NpgsqlCommand(
            "SELECT bot, sum(tenths)::bigint FROM lanes_spending WHERE day = $1 AND process <> $2 GROUP BY bot", connection);
        command.With(day.DayNumber).With(_process);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) others[rows.GetInt64(0)] = rows.GetInt64(1) / 10.0;
        return others;
    });

    public bool IsFailure(Exception error) => PostgresCall.IsFailure(error);
}
