namespace EdgeProxy.Tests.Lanes;

/// <summary>
/// Telegram's counters, written without a look at the scheduler's: a bucket per chat and one per bot, taken from at the moment of acceptance.
/// What does not fit is a violation.
/// </summary>
internal sealed class StrictTelegram(double privatePerSecond, double privateBurst, double groupPerSecond, double groupBurst, double perSecond, double burst)
{
    private readonly Dictionary<long, Bucket> _chats = [];
    private readonly Bucket _bot = new(burst, perSecond);

    public long Accepted { get; private set; }
    public List<string> Violations { get; } = [];

    public void Accept(long chat, int weight, TimeSpan now)
    {
        if (!_chats.TryGetValue(chat, out Bucket? bucket))
        {
            bucket = chat > 0 ? new Bucket(privateBurst, privatePerSecond) : new Bucket(groupBurst, groupPerSecond);
            _chats.Add(chat, bucket);
        }

        if (!bucket.TryTake(weight, now.TotalSeconds, out double missing)) Violations.Add($"{now}: chat {chat}, weight {weight}, missing {missing}");
        if (!_bot.TryTake(weight, now.TotalSeconds, out missing)) Violations.Add($"{now}: bot, weight {weight}, missing {missing}");
        Accepted += weight;
    }

    private sealed class Bucket(double capacity, double perSecond)
    {
        private const double Rounding = 1e-6;
        private readonly double _capacity = capacity;
        private double _tokens = capacity;
        private double _at;

        public bool TryTake(int weight, double now, out double missing)
        {
            _tokens = Math.Min(_capacity, _tokens + ((now - _at) * perSecond));
            _at = now;
            missing = Math.Min(weight, _capacity) - _tokens;
            _tokens -= weight;
            return missing <= Rounding;
        }
    }
}
