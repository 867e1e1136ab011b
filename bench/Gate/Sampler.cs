namespace EdgeProxy.Bench.Gate;

/// <summary>
/// Measures a case: 1. every variant runs until it is compiled for good and a sample's size is known; 2. in each round every variant is sampled
/// once, in turn, so that what the machine does meanwhile meets all of them; 3. medians.
/// </summary>
internal static class Sampler
{
    private const int Rounds = 25;
    private const int WarmUpMs = 300;
    private const int SampleMs = 4;
    private const int DiskSampleMs = 25;

    // So many that the task and the like which a whole sample costs vanish in the rounding.
    private const int DiskAllocationOperations = 1024;
    private const int DiskAllocationRuns = 2;

    public static Measured Measure(Case one)
    {
        int[] counts = [.. one.Variants.Select(variant => WarmUp(one, variant))];
        var samples = new Sample[one.Variants.Length, Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            for (int index = 0; index < counts.Length; index++) samples[index, round] = Sample.Take(one, one.Variants[index], counts[index]);
        }

        return new Measured(one, [.. one.Variants.Select((variant, index) => new Figure(
            variant.Name,
            Median(round => samples[index, round].CpuNs),
            Median(round => samples[index, round].WallNs),
            Math.Round(one.IsDisk ? DiskBytes(one, variant) : Enumerable.Range(0, Rounds).Min(round => samples[index, round].Bytes)),
            Median(round => samples[0, round].CpuNs / samples[index, round].CpuNs),
            Median(round => samples[0, round].WallNs / samples[index, round].WallNs)))]);
    }

    /// <summary>How many operations a sample is to have.</summary>
    private static int WarmUp(Case one, Variant variant)
    {
        double sampleNs = (one.IsDisk ? DiskSampleMs : SampleMs) * 1e6;
        long until = Clocks.WallNs() + (WarmUpMs * 1_000_000L);
        int count = one.Batch;
        while (true)
        {
            double eachNs = Sample.Take(one, variant, count).WallNs;
            if (eachNs * count < sampleNs / 2) count *= 2;
            else if (Clocks.WallNs() > until) return Math.Max(one.Batch, (int)(sampleNs / eachNs) / one.Batch * one.Batch);
        }
    }

    private static double DiskBytes(Case one, Variant variant) =>
        Enumerable.Range(0, DiskAllocationRuns).Min(_ => Sample.Take(one, variant, DiskAllocationOperations).Bytes);

    private static double Median(Func<int, double> ofRound)
    {
        double[] sorted = [.. Enumerable.Range(0, Rounds).Select(ofRound).Order()];
        return sorted[Rounds / 2];
    }
}
