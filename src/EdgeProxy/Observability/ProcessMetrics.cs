using System.Diagnostics;

namespace EdgeProxy.Observability;

/// <summary>The process's own figures, under the names that Prometheus dashboards expect.</summary>
internal static class ProcessMetrics
{
    private const string OpenFiles = "/proc/self/fd";
    private static readonly double StartSeconds = ReadStartSeconds();

    public static void WriteTo(ExpositionText text)
    {
        text.Head("process_resident_memory_bytes", "Resident memory.", "gauge"u8);
        text.Line("process_resident_memory_bytes", default, default, Environment.WorkingSet);
        text.Head("process_cpu_seconds_total", "User and system CPU time.", "counter"u8);
        text.Line("process_cpu_seconds_total", default, default, Environment.CpuUsage.TotalTime.TotalSeconds);
        text.Head("process_start_time_seconds", "Start time since the Unix epoch.", "gauge"u8);
        text.Line("process_start_time_seconds", default, default, StartSeconds);
        if (Directory.Exists(OpenFiles))
        {
            text.Head("process_open_fds", "Open file descriptors.", "gauge"u8);
            text.Line("process_open_fds", default, default, (long)Directory.GetFileSystemEntries(OpenFiles).Length);
        }
        text.Head("dotnet_gc_collections_total", "Garbage collections by generation.", "counter"u8);
        text.Line("dotnet_gc_collections_total", default, "generation=\"0\""u8, (long)GC.CollectionCount(0));
        text.Line("dotnet_gc_collections_total", default, "generation=\"1\""u8, (long)GC.CollectionCount(1));
        text.Line("dotnet_gc_collections_total", default, "generation=\"2\""u8, (long)GC.CollectionCount(2));
        text.Head("dotnet_allocated_bytes_total", "Bytes allocated on the managed heap since start.", "counter"u8);
        text.Line("dotnet_allocated_bytes_total", default, default, GC.GetTotalAllocatedBytes());
    }

    private static double ReadStartSeconds()
    {
        using var process = Process.GetCurrentProcess();
        return (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }
}
