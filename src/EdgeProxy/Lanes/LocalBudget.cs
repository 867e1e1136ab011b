using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// What one bot may send, counted in this process. A chat has one bucket, charged when the call is back (<see cref="TokenBucket"/>). The bot has
/// two: the pace, charged at the grant, which spreads its messages; and the ceiling, a whole second's worth charged when the call is back, which
/// keeps the count legal however late Telegram counts. The paid tier has the same two, and Stars. Owned by the loop; times are ticks.
/// <para>In a cluster Redis has the last word (<see cref="RedisBudget"/>): this one follows what it says of the bot and keeps hopeless questions from it,
/// and while Redis is away it is all there is, with this process' share of every rate.</para>
/// </summary>
internal sealed class LocalBudget
{
    // A message costs a tenth of a Star (Bots FAQ).
    private const double TenthsPerStar = 10;

    private readonly LaneSettings _settings;
    private readonly FloodGate _gate;
    private readonly TimeProvider _time;
    private readonly long _flightTicks;
    private readonly LaneRates _whole;
    private readonly bool _isShared;

    // What this process may use now, and the same per tick.
    private LaneRates _rates;
    private double _privatePerTick;
    private double _groupPerTick;
    private double _botPerTick;
    private double _paidPerTick;
    private TokenBucket _pace;
    private TokenBucket _ceiling;
    private TokenBucket _paidPace;
    private TokenBucket _paidCeiling;

    // Calls whose weight the ceilings hold reserved, oldest first.
    private EntryList _flying;
    private DateOnly _day;
    private long _tenthsToday;

    // A chat that was last looked at before this number changed may have been sent to by others since.
    private int _epoch;
    private long _aloneAt;
    private bool _isAlone;
    private long _starsAt = long.MinValue;

    public LocalBudget(LaneSettings settings, FloodGate gate, TimeProvider time, long now, bool isShared = false)
    {
        (_settings, _gate, _time, _isShared) = (settings, gate, time, isShared);
        _flightTicks = Limits.LaneFlightMs * time.TimestampFrequency / 1000;
        _whole = LaneRates.Of(settings);
        Use(_whole);
        _pace.Fill(_rates.Burst, now);
        _ceiling.Fill(_rates.Ceiling, now);
        _paidPace.Fill(_rates.PaidBurst, now);
        _paidCeiling.Fill(_rates.PaidPerSecond, now);
    }

    /// <summary>The UTC day that is counted, and what it has cost.</summary>
    public (DateOnly Day, double Stars) Stars => (_day, _tenthsToday / TenthsPerStar);

    public void RestoreStars(DateOnly day, double stars)
    {
        TurnDay();
        if (day == _day) _tenthsToday += (long)Math.Ceiling(stars * TenthsPerStar);
    }

    // ── chats ──

    public ChatLane Open(LaneKey key, long now)
    {
        var lane = new ChatLane(key);
        if (!key.IsNone) lane.Bucket.Fill(_isAlone ? 0 : CapacityOf(key), _isAlone ? _aloneAt : now);
        lane.Epoch = _epoch;
        return lane;
    }

    /// <summary>Ticks until the chat's bucket has what the weight needs; long.MaxValue: not before a call is back.</summary>
    public long ChatTicks(ChatLane lane, int weight, long now)
    {
        if (lane.Key.IsNone) return 0;
        double capacity = CapacityOf(lane.Key);
        double perTick = PerTickOf(lane.Key);
        Refill(lane, now);
        long ticks = lane.Bucket.TicksUntil(Math.Min(weight, capacity), capacity, perTick * (lane.Flood?.RateShare ?? 1));
        if (ticks is 0 or long.MaxValue) return ticks;

        // The rate changes on the way: look again then.
        return lane.Flood is { } flood ? Math.Min(ticks, flood.RecoverAt - now) : ticks;
    }

    /// <summary>Ticks that a newcomer certainly waits for the chat's budget, with that weight before it.</summary>
    public long CertainTicks(ChatLane lane, long weightAhead, int weight, long now)
    {
        if (lane.Key.IsNone) return 0;
        double capacity = CapacityOf(lane.Key);
        double perTick = PerTickOf(lane.Key);
        Refill(lane, now);
        double missing = weightAhead + Math.Min(weight, capacity) - lane.Bucket.Free;
        return missing <= 0 ? 0 : TokenBucket.TicksOf(missing, perTick);
    }

    /// <summary>When the chat's bucket is full and its flood over; forgetting the chat then loses nothing.</summary>
    public long ForgetAt(ChatLane lane, long now)
    {
        if (lane.Key.IsNone) return now;
        double capacity = CapacityOf(lane.Key);
        double perTick = PerTickOf(lane.Key);
        Refill(lane, now);
        if (lane.Flood is { } flood) return Math.Max(flood.ClosedUntil, flood.RecoverAt == long.MaxValue ? now : flood.RecoverAt);
        double missing = capacity - lane.Bucket.Free;
        return missing <= 0 ? now : now + TokenBucket.TicksOf(missing, perTick);
    }

    // ── the bot ──

    /// <summary>
    /// Takes what the entry needs of the bot's budget, if it is there. A paid call takes a free token first: it costs nothing.
    /// </summary>
    /// <param name="entry">At the head of a ready chat.</param>
    /// <param name="now">Ticks.</param>
    /// <param name="toTheLast">Need not leave the reserve of the higher priorities.</param>
    /// <param name="free">The free budget may be touched: nobody before it waits for it.</param>
    /// <param name="ticks">When to ask again, if not taken; long.MaxValue: after another event.</param>
    /// <param name="waitsForFree">It waits for the free budget, so those behind it must not touch it.</param>
    public bool TryTake(LaneEntry entry, long now, bool toTheLast, bool free, out long ticks, out bool waitsForFree)
    {
        (int weight, bool paid) = (entry.Request.Weight, entry.Request.Paid);
        long paidTicks = paid ? PaidTicks(weight, now) : 0;
        long freeTicks = free ? FreeTicks(weight, toTheLast ? 0 : _rates.Reserve(entry.Request.Priority), now) : long.MaxValue;
        bool stars = paid && freeTicks > 0 && HasStars(weight, now);
        ticks = stars ? paidTicks : Math.Max(paidTicks, freeTicks);
        waitsForFree = !stars && freeTicks > 0;
        if (ticks > 0) return false;

        (entry.ByStars, entry.ToTheLast) = (stars, toTheLast);
        if (stars) _tenthsToday += weight;
        else _pace.Charge(weight);
        if (paid) _paidPace.Charge(weight);
        return true;
    }

    /// <summary>The entry that took goes: it has left its queue.</summary>
    public void Fly(ChatLane lane, LaneEntry entry, long now)
    {
        int weight = entry.Request.Weight;
        (entry.GrantedAt, entry.IsGrounded) = (now, false);
        _flying.Append(entry);
        if (!lane.Key.IsNone) lane.Bucket.Reserve(weight);
        if (!entry.ByStars) _ceiling.Reserve(weight);
        if (entry.Request.Paid) _paidCeiling.Reserve(weight);
    }

    /// <summary>Whether Telegram may have counted a call that ended so.</summary>
    public static bool IsCounted(SendOutcome outcome) =>
        outcome is not (SendOutcome.NotSent or SendOutcome.Abandoned or SendOutcome.LaneFull or SendOutcome.Suppressed);

    /// <summary>The call is back. What Telegram cannot have counted is given back.</summary>
    public void Settle(ChatLane lane, LaneEntry entry, SendOutcome outcome, long now)
    {
        int weight = entry.Request.Weight;
        bool counted = IsCounted(outcome);
        if (!lane.Key.IsNone)
        {
            Refill(lane, now);

            // What a 429 refused was not counted; the gate drains the bucket instead.
            lane.Bucket.Settle(weight, counted && outcome != SendOutcome.RetryAfter);
        }

        Refill(now);
        Land(entry, counted);
        if (counted) return;
        if (entry.ByStars) _tenthsToday = Math.Max(0, _tenthsToday - weight);
        else _pace.GiveBack(weight, _rates.Burst);
        if (entry.Request.Paid) _paidPace.GiveBack(weight, _rates.PaidBurst);
    }

    /// <summary>Telegram closed the whole bot: no burst when it opens.</summary>
    public void DrainBot(long now)
    {
        Refill(now);
        _pace.Drain();
        _ceiling.Drain();
    }

    // ── beside the shared budget ──

    /// <summary>
    /// Redis is away: this process' share of every rate, and of no Stars. Others may have used all there was, so everything begins empty.
    /// </summary>
    public void GoAlone(double share, long now)
    {
        DrainBot(now);
        _paidPace.Drain();
        _paidCeiling.Drain();
        (_isAlone, _aloneAt) = (true, now);
        _epoch++;
        Use(_whole.Times(share));
    }

    /// <summary>Redis is back and counts again.</summary>
    public void Rejoin(long now)
    {
        Refill(now);
        _isAlone = false;
        Use(_whole);
    }

    /// <summary>What the bot has left, by the shared budget.</summary>
    public void Follow(double level, long now) => _pace.Fill(Math.Min(level, _rates.Burst), now);

    /// <summary>The shared budget granted it, perhaps from the other tier than this one had thought.</summary>
    public void Confirm(LaneEntry entry, bool byStars)
    {
        if (entry.ByStars == byStars) return;
        int weight = entry.Request.Weight;
        entry.ByStars = byStars;
        TurnDay();
        _tenthsToday = Math.Max(0, _tenthsToday + (byStars ? weight : -weight));
        if (entry.IsGrounded) return;
        if (byStars) _ceiling.Settle(weight, charge: false);
        else _ceiling.Reserve(weight);
    }

    /// <summary>The shared count of Stars is at its end.</summary>
    public void NoStarsUntil(long until) => _starsAt = until;

    private long FreeTicks(int weight, double reserve, long now)
    {
        Refill(now);
        long pace = _pace.TicksUntil(Math.Min(weight + reserve, _rates.Burst), _rates.Burst, _botPerTick);
        long ceiling = _ceiling.TicksUntil(Math.Min(weight, _rates.Ceiling), _rates.Ceiling, _botPerTick);
        return Math.Max(pace, Math.Min(ceiling, LandTicks(now)));
    }

    private long PaidTicks(int weight, long now)
    {
        Refill(now);
        long pace = _paidPace.TicksUntil(Math.Min(weight, _rates.PaidBurst), _rates.PaidBurst, _paidPerTick);
        long ceiling = _paidCeiling.TicksUntil(Math.Min(weight, _rates.PaidPerSecond), _rates.PaidPerSecond, _paidPerTick);
        return Math.Max(pace, Math.Min(ceiling, LandTicks(now)));
    }

    // When the oldest call in flight is late, which frees its reservation.
    private long LandTicks(long now) => _flying.First is { } oldest ? Math.Max(1, oldest.GrantedAt + _flightTicks - now) : long.MaxValue;

    private void Refill(long now)
    {
        GroundLate(now);
        _pace.Refill(_rates.Burst, _botPerTick, now);
        _ceiling.Refill(_rates.Ceiling, _botPerTick, now);
        _paidPace.Refill(_rates.PaidBurst, _paidPerTick, now);
        _paidCeiling.Refill(_rates.PaidPerSecond, _paidPerTick, now);
    }

    private void Land(LaneEntry entry, bool counted)
    {
        if (!entry.IsGrounded) _flying.Remove(entry);
        if (!entry.ByStars) Land(ref _ceiling, _rates.Ceiling, entry, counted);
        if (entry.Request.Paid) Land(ref _paidCeiling, _rates.PaidPerSecond, entry, counted);
    }

    private static void Land(ref TokenBucket ceiling, double capacity, LaneEntry entry, bool counted)
    {
        int weight = entry.Request.Weight;
        if (!entry.IsGrounded) ceiling.Settle(weight, counted);
        else if (counted) ceiling.Charge(weight);
        else ceiling.GiveBack(weight, capacity);
    }

    // Streamed uploads last minutes and a hanging call up to its time-out: were they reserved all that time, thirty of them would stop the bot.
    // So they are charged after a while, and once more when they are back, since nobody knows which of the two was right.
    private void GroundLate(long now)
    {
        while (_flying.First is { } entry && now - entry.GrantedAt >= _flightTicks)
        {
            _flying.Remove(entry);
            entry.IsGrounded = true;
            if (!entry.ByStars) _ceiling.Settle(entry.Request.Weight, charge: true);
            if (entry.Request.Paid) _paidCeiling.Settle(entry.Request.Weight, charge: true);
        }
    }

    private bool HasStars(int weight, long now)
    {
        if (_settings.PaidStarsPerDay == 0 || _isAlone || now < _starsAt) return false;
        TurnDay();
        return _isShared || _tenthsToday + weight <= _settings.PaidStarsPerDay * TenthsPerStar;
    }

    private void TurnDay()
    {
        var today = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

        // A clock that is set back over midnight must not give out yesterday's Stars again; one that was further ahead was wrong.
        if (today == _day || today.AddDays(1) == _day) return;
        (_day, _tenthsToday) = (today, 0);
    }

    private void Use(in LaneRates rates)
    {
        _rates = rates;
        double frequency = _time.TimestampFrequency;
        _privatePerTick = rates.PrivatePerSecond / frequency;
        _groupPerTick = rates.GroupPerSecond / frequency;
        _botPerTick = rates.PerSecond / frequency;
        _paidPerTick = rates.PaidPerSecond / frequency;
    }

    private void Refill(ChatLane lane, long now)
    {
        if (lane.Epoch != _epoch)
        {
            lane.Epoch = _epoch;
            _gate.Refill(lane, CapacityOf(lane.Key), PerTickOf(lane.Key), _aloneAt);
            lane.Bucket.Drain();
        }

        _gate.Refill(lane, CapacityOf(lane.Key), PerTickOf(lane.Key), now);
    }

    private double CapacityOf(LaneKey key) => key.IsPrivate ? _rates.PrivateBurst : _rates.GroupBurst;

    private double PerTickOf(LaneKey key) => key.IsPrivate ? _privatePerTick : _groupPerTick;
}
