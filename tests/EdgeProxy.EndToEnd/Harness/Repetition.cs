using System.Diagnostics;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>What was delivered more than once, judged by the kill that lies between the two deliveries, and what was overtaken.</summary>
internal sealed record Repetition(int Inside, List<long> Outside, List<long> OutOfOrder, double LongestMs)
{
    /// <param name="deliveries">In the order in which they were answered.</param>
    /// <param name="kills">The kills, ascending in time.</param>
    /// <param name="window">An acknowledgement older than this at the kill must have been remembered.</param>
    public static Repetition Read(IEnumerable<Delivery> deliveries, IReadOnlyList<LifeEnd> kills, TimeSpan window)
    {
        var lastAt = new Dictionary<long, long>();
        var lastInChat = new Dictionary<long, long>();
        var inside = 0;
        var longest = 0.0;
        List<long> outside = [];
        List<long> outOfOrder = [];
        foreach (var delivery in deliveries.Where(delivery => delivery.Status is >= 200 and < 300))
        {
            if (!lastAt.TryGetValue(delivery.UpdateId, out var before))
            {
                // Only a first delivery says something about order: a repeated one follows its own past.
                if (lastInChat.TryGetValue(delivery.Chat, out var last) && last > delivery.Sequence)
                    outOfOrder.Add(delivery.UpdateId);
                lastInChat[delivery.Chat] = delivery.Sequence;
            }
            else if (EndOfLife(kills, before) is { } end && end.NextStartAt < delivery.At)
            {
                var age = before < end.KilledAt ? Stopwatch.GetElapsedTime(before, end.KilledAt) : TimeSpan.Zero;
                longest = Math.Max(longest, age.TotalMilliseconds);
                if (age <= window)
                    inside++;
                else
                    outside.Add(delivery.UpdateId);
            }
            else
            {
                // No kill lies between: the proxy simply said it twice.
                outside.Add(delivery.UpdateId);
            }

            lastAt[delivery.UpdateId] = delivery.At;
        }

        return new Repetition(inside, outside, outOfOrder, longest);
    }

    /// <summary>
    /// The end of the life that made the delivery at <paramref name="at"/>. The consumer may finish its answer a moment after
    /// the kill, so a life reaches until the next one begins.
    /// </summary>
    private static LifeEnd? EndOfLife(IReadOnlyList<LifeEnd> kills, long at)
    {
        foreach (var kill in kills)
        {
            if (kill.NextStartAt > at)
                return kill;
        }

        return null;
    }
}
