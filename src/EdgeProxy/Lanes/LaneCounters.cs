namespace EdgeProxy.Lanes;

/// <summary>What the loop publishes after each pass. Single fields are never torn; together they may be of two passes.</summary>
internal sealed class LaneCounters
{
    private int _interactive;
    private int _normal;
    private int _bulk;
    private int _inFlight;
    private int _lanes;
    private int _closedChats;
    private long _botClosedUntil;
    private int _starsDay;
    private double _stars;

    public (int Interactive, int Normal, int Bulk) Waiting => (Volatile.Read(ref _interactive), Volatile.Read(ref _normal), Volatile.Read(ref _bulk));
    public int InFlight => Volatile.Read(ref _inFlight);
    public int Lanes => Volatile.Read(ref _lanes);
    public int ClosedChats => Volatile.Read(ref _closedChats);

    /// <summary>Ticks.</summary>
    public long BotClosedUntil => Volatile.Read(ref _botClosedUntil);

    /// <summary>Stars spent on the UTC day that was counted last.</summary>
    public (DateOnly Day, double Stars) Stars => (DateOnly.FromDayNumber(Volatile.Read(ref _starsDay)), Volatile.Read(ref _stars));

    public void Publish(int[] waiting, int inFlight, int lanes, FloodGate gate, LocalBudget budget)
    {
        Volatile.Write(ref _interactive, waiting[(int)LanePriority.Interactive]);
        Volatile.Write(ref _normal, waiting[(int)LanePriority.Normal]);
        Volatile.Write(ref _bulk, waiting[(int)LanePriority.Bulk]);
        Volatile.Write(ref _inFlight, inFlight);
        Volatile.Write(ref _lanes, lanes);
        Volatile.Write(ref _closedChats, gate.ClosedChats);
        Volatile.Write(ref _botClosedUntil, gate.BotClosedUntil);
        (DateOnly day, double stars) = budget.Stars;
        Volatile.Write(ref _stars, stars);
        Volatile.Write(ref _starsDay, day.DayNumber);
    }
}
