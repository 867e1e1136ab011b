using System.Globalization;

namespace EdgeProxy.LoadTests.Measure;

/// <summary>What a process has used, read from /proc.</summary>
/// <param name="CpuUs">User and system time of all its threads, microseconds; the kernel counts in steps of 10 ms.</param>
/// <param name="RssBytes">Resident now.</param>
/// <param name="PeakRssBytes">Resident at most, since its start.</param>
internal readonly record struct ProcessUse(long CpuUs, long RssBytes, long PeakRssBytes)
{
    /// <summary>USER_HZ: 100 on every Linux that .NET runs on (proc(5)).</summary>
    private const long UsPerTick = 10_000;

    /// <summary>The use of a process that may have ended: then all zero.</summary>
    public static ProcessUse Of(int processId)
    {
        try
        {
            // proc(5): the name in parentheses may hold anything, so fields are counted from its end; utime and stime are the 14th and 15th.
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            long ticks = Number(fields[11]) + Number(fields[12]);
            string[] status = File.ReadAllLines($"/proc/{processId}/status");
            return new ProcessUse(ticks * UsPerTick, KiB(status, "VmRSS:") * 1024, KiB(status, "VmHWM:") * 1024);
        }
        catch (IOException)
        {
            return default;
        }
    }

    private static long KiB(string[] status, string name)
    {
        string? line = Array.Find(status, line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim());
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
