using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace EdgeProxy.LoadTests.Load;

/// <summary>
/// Names the moments at which an open load sends: they come at a constant rate whatever became of the ones before, so that a stall of the server
/// cannot thin out the load. A thread of its own, because timers of the runtime are a millisecond coarse.
/// </summary>
internal static partial class Pacer
{
    private const long NsPerS = 1_000_000_000;

    /// <summary>Intended timestamps (of <see cref="Stopwatch"/>), handed out when they have come. Completes after the last.</summary>
    public static ChannelReader<long> Start(double perSecond, TimeSpan duration)
    {
        var due = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleWriter = true });
        long count = (long)(perSecond * duration.TotalSeconds);
        var thread = new Thread(() => Run(perSecond, count, due.Writer)) { IsBackground = true, Name = "pacer" };
        thread.Start();
        return due.Reader;
    }

    private static void Run(double perSecond, long count, ChannelWriter<long> due)
    {
        double step = Stopwatch.Frequency / perSecond;
        long first = Stopwatch.GetTimestamp();
        for (long index = 0; index < count; index++)
        {
            long intended = first + (long)(index * step);
            for (long wait = intended - Stopwatch.GetTimestamp(); wait > 0; wait = intended - Stopwatch.GetTimestamp()) SleepTicks(wait);
            due.TryWrite(intended);
        }

        due.Complete();
    }

    private static void SleepTicks(long ticks)
    {
        long ns = ticks * (NsPerS / Stopwatch.Frequency);
        var span = new TimeSpec { Seconds = ns / NsPerS, Nanoseconds = ns % NsPerS };
        _ = NanoSleep(in span, IntPtr.Zero);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec span, IntPtr remaining);

    /// <summary>struct timespec of a 64-bit Linux.</summary>
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
