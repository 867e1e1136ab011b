namespace EdgeProxy.Bench.Gate;

/// <summary>
/// Measures a case: 1. every variant runs until it is compiled for good and a sample's size is known; 2. in each round every variant is sampled
/// once, in turn, so that what the machine does meanwhile meets all of them; 3. medians of CPU time. On the wall's clock the faster quarter
/// counts: while another process syncs the same disk, everybody waits for that one and all are alike.
/// </summary>
internal static class Sampler
{
    private const int Rounds = 25;
    private const int DiskRounds = 61;
    private const int WarmUpMs = 300;
    private const int SampleMs = 4;
    private const int DiskSampleMs = 10;

    // So many that the task and the like which a whole sample costs vanish in the rounding.
    private const int DiskAllocationOperations = 1024;
    private const int DiskAllocationRuns = 2;

    public static Measured Measure(Case one)
    {
        int[] counts = [.. one.Variants.Select(variant => WarmUp(one, variant))];
        Sample[][] samples = [.. counts.Select(_ => new Sample[one.IsDisk ? DiskRounds : Rounds])];
        for (int round = 0; round < samples[0].Length; round++)
        {
            for (int index = 0; index < counts.Length; index++) samples[index][round] = Sample.Take(one, one.Variants[index], counts[index]);
        }

        double edgeWallNs = Quantile(samples[0].Select(sample => sample.WallNs), 0.25);
        return new Measured(one, [.. one.Variants.Select((variant, index) =>
        {
            double wallNs = Quantile(samples[index].Select(sample => sample.WallNs), 0.25);
            return new Figure(
                variant.Name,
                Quantile(samples[index].Select(sample => sample.CpuNs), 0.5),
                wallNs,
                Math.Round(one.IsDisk ? DiskBytes(one, variant) : samples[index].Min(sample => sample.Bytes)),
                Quantile(samples[0].Zip(samples[index], (edge, other) => edge.CpuNs / other.CpuNs), 0.5),
                edgeWallNs / wallNs);
        })]);
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

    private static double Quantile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)((sorted.Length - 1) * part)];
    }
}
