using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EdgeProxy.Bench.Gate;

/// <summary>What is read before and after a sample.</summary>
internal static partial class Clocks
{
    private const int ThreadCpuTime = 3;

    public static long WallNs() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>CPU time of the calling thread: neighbours on the same cores do not count, as they would on the wall's clock.</summary>
    public static long ThreadCpuNs()
    {
        if (GetTime(ThreadCpuTime, out Time time) != 0) throw new InvalidOperationException("clock_gettime failed");
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    /// <summary>CPU time of all threads, in the kernel too.</summary>
    public static long ProcessCpuNs() => Environment.CpuUsage.TotalTime.Ticks * TimeSpan.NanosecondsPerTick;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    // struct timespec of 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
