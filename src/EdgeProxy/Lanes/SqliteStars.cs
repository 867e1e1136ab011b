using EdgeProxy.Sqlite;

namespace EdgeProxy.Lanes;

/// <summary>The Stars spent, in the state file: one day of each bot.</summary>
internal sealed class SqliteStars(StateFile state) : IStarTable
{
    /// <summary>The Stars of a bot's last counted UTC day; null when it never paid.</summary>
    public (DateOnly Day, double Stars)? Load(long bot) => state.Read<(DateOnly, double)?>(database =>
    {
        SqliteStatement query = database.Prepare("SELECT day, tenths FROM lanes_spending WHERE bot = ?1").Bind(1, bot);
        return query.Step() ? (DateOnly.FromDayNumber((int)query.Int64(0)), query.Int64(1) / 10.0) : null;
    });

    // Kept in tenths of a Star, the price of one message.
    public Task SaveAsync(long bot, DateOnly day, double stars) => state.WriteAsync(database => database
        .Prepare("INSERT OR REPLACE INTO lanes_spending (bot, day, tenths) VALUES (?1, ?2, ?3)")
        .Bind(1, bot)
        .Bind(2, day.DayNumber)
        .Bind(3, (long)Math.Ceiling(stars * 10))
        .Run());

    public Task<Dictionary<long, double>?> OthersAsync(DateOnly day) => Task.FromResult<Dictionary<long, double>?>(null);

    public bool IsFailure(Exception error) => error is StateFileException or ObjectDisposedException;
}
