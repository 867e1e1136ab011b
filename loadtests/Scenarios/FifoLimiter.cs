namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// The limiter that most bots have: one token bucket, one queue, first come first served. Computed in virtual time, which is exact: who joins the
/// queue behind n others leaves n tokens later.
/// </summary>
internal static class FifoLimiter
{
    /// <summary>The waits of the arrivals, seconds, while a bulk sender keeps a number of calls queued.</summary>
    /// <param name="arrivals">Seconds since the start, rising.</param>
    /// <param name="perSecond">Tokens a second.</param>
    /// <param name="burst">Tokens at the start.</param>
    /// <param name="bulkInFlight">Calls that the bulk sender has in the queue; one that leaves is followed by the next at the queue's end.</param>
    /// <param name="bulkMessages">Bulk messages in all.</param>
    public static double[] Waits(IReadOnlyList<double> arrivals, double perSecond, int burst, int bulkInFlight, int bulkMessages)
    {
        const int Bulk = -1;
        var queue = new Queue<int>(Enumerable.Repeat(Bulk, Math.Min(bulkInFlight, bulkMessages)));
        int bulkLeft = bulkMessages - queue.Count;
        double[] waits = new double[arrivals.Count];
        int arrived = 0, departed = 0;
        double now = 0;
        for (int token = 0; departed < arrivals.Count; token++)
        {
            now = Math.Max(now, (token - burst + 1) / perSecond);
            if (queue.Count == 0) now = Math.Max(now, arrivals[arrived]);
            for (; arrived < arrivals.Count && arrivals[arrived] <= now; arrived++) queue.Enqueue(arrived);
            int next = queue.Dequeue();
            if (next == Bulk)
            {
                if (bulkLeft-- > 0) queue.Enqueue(Bulk);
                continue;
            }

            waits[next] = now - arrivals[next];
            departed++;
        }

        return waits;
    }
}
