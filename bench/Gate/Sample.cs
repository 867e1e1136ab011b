namespace EdgeProxy.Bench.Gate;

/// <summary>One run of a variant, per operation.</summary>
internal readonly record struct Sample(double CpuNs, double WallNs, double Bytes)
{
    public static Sample Take(Case one, Variant variant, int count)
    {
        long bytes = Allocated(one);
        long cpu = Cpu(one);
        long wall = Clocks.WallNs();
        variant.Run(count);
        double wallNs = Clocks.WallNs() - wall;
        double cpuNs = Cpu(one) - cpu;
        return new Sample(cpuNs / count, wallNs / count, (Allocated(one) - bytes) / (double)count);
    }

    private static long Cpu(Case one) => one.IsDisk ? Clocks.ProcessCpuNs() : Clocks.ThreadCpuNs();

    private static long Allocated(Case one) => one.IsDisk ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();
}
