namespace EdgeProxy.Bench.Gate;

/// <summary>
/// Measures a case: 1. every variant runs until it is compiled for good and a sample's size is known; 2. in each round every variant is sampled
/// once, in turn, so that what the machine does meanwhile meets all of them; 3. medians.
/// </summary>
internal static class Sampler
{
    private const int Rounds = 25;
    private const int WarmUpMs = 400;
    private const int SampleMs = 4;
    private const int DiskSampleMs = 25;

    // So many that the task and the like which a whole sample costs vanish in the rounding.
    private const int DiskAllocationOperations = 2048;
    private const int DiskAllocationRuns = 3;

    public static Measured Measure(Case one)
    {
        int[] counts = [.. one.Variants.Select(variant => WarmUp(one, variant))];
        var times = new double[one.Variants.Length, Rounds];
        double[] bytes = new double[one.Variants.Length];
        Array.Fill(bytes, double.MaxValue);
        for (int round = 0; round < Rounds; round++)
        {
            for (int index = 0; index < counts.Length; index++)
            {
                (long nanoseconds, long allocated) = Sample(one, one.Variants[index], counts[index]);
                times[index, round] = nanoseconds / (double)counts[index];
                if (!one.IsDisk) bytes[index] = Math.Min(bytes[index], allocated / (double)counts[index]);
            }
        }

        if (one.IsDisk) MeasureAllocation(one, bytes);
        return new Measured(one, [.. one.Variants.Select((variant, index) => new Figure(
            variant.Name,
            Median(round => times[index, round]),
            Math.Round(bytes[index]),
            Median(round => times[0, round] / times[index, round])))]);
    }

    private static int WarmUp(Case one, Variant variant)
    {
        long sampleNs = (one.IsDisk ? DiskSampleMs : SampleMs) * 1_000_000L;
        long until = ThreadClock.WallNanoseconds() + (WarmUpMs * 1_000_000L);
        int count = one.Batch;
        while (true)
        {
            (long nanoseconds, _) = Sample(one, variant, count);
            if (nanoseconds < sampleNs / 2) count *= 2;
            else if (ThreadClock.WallNanoseconds() < until) continue;
            else return Math.Max(one.Batch, (int)(count * (double)sampleNs / nanoseconds) / one.Batch * one.Batch);
        }
    }

    private static (long Nanoseconds, long Bytes) Sample(Case one, Variant variant, int count)
    {
        long bytes = Allocated(one);
        long started = Now(one);
        variant.Run(count);
        long nanoseconds = Now(one) - started;
        return (nanoseconds, Allocated(one) - bytes);
    }

    private static void MeasureAllocation(Case one, double[] bytes)
    {
        for (int run = 0; run < DiskAllocationRuns; run++)
        {
            for (int index = 0; index < bytes.Length; index++)
            {
                bytes[index] = Math.Min(bytes[index], Sample(one, one.Variants[index], DiskAllocationOperations).Bytes / (double)DiskAllocationOperations);
            }
        }
    }

    private static long Now(Case one) => one.IsDisk ? ThreadClock.WallNanoseconds() : ThreadClock.Nanoseconds();

    private static long Allocated(Case one) => one.IsDisk ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();

    private static double Median(Func<int, double> ofRound)
    {
        double[] sorted = [.. Enumerable.Range(0, Rounds).Select(ofRound).Order()];
        return sorted[Rounds / 2];
    }
}
