namespace EdgeProxy.Lanes;

/// <summary>
/// Where the Stars spent are kept: the state file, or PostgreSQL for all processes of a cluster. Each process writes its own sum of a day, so that
/// a write that is repeated counts once.
/// </summary>
internal interface IStarTable
{
    /// <summary>Writes what this process spent on that UTC day.</summary>
    Task SaveAsync(long bot, DateOnly day, double stars);

    /// <summary>What others spent on that UTC day, by bot: processes that run, and those before them. Null when there are none.</summary>
    Task<Dictionary<long, double>?> OthersAsync(DateOnly day);

    /// <summary>Whether one of the above failed for the disk or the server, and not for a bug.</summary>
    bool IsFailure(Exception error);
}
