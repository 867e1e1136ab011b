using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace EdgeProxy.Bench.Gate;

/// <summary>Measures every case in this process, prints what came out, and holds it against <see cref="Budgets"/>.</summary>
internal static class GateRun
{
    private const int Met = 0;
    private const int Missed = 1;
    private const int Unknown = 2;
    private const int AttemptsMax = 5;

    /// <param name="only">Groups whose name contains this; empty for all.</param>
    /// <returns>The exit code: 0 every budget is met, 1 one is missed, 2 there is no such group, a budget without a case, or no Release build.</returns>
    public static int Run(string only)
    {
        if (typeof(GateRun).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true })
        {
            Console.Error.WriteLine("This build is not optimised: dotnet run -c Release --project bench -- --gate");
            return Unknown;
        }

        long started = Stopwatch.GetTimestamp();
        Console.WriteLine($"{Environment.ProcessorCount} cores; {new DriveInfo(Path.GetTempPath()).DriveFormat} under {Path.GetTempPath()} (TMPDIR)");
        Console.WriteLine("CPU: medians; wall: the faster quartile. Behind a peer's figure stands what EdgeProxy needs, as a multiple of it.");
        var measured = new List<Measured>();
        foreach ((string group, Func<IEnumerable<Case>> make) in Cases.Groups)
        {
            if (!group.Contains(only, StringComparison.Ordinal)) continue;
            foreach (Case one in make()) measured.Add(MeasurePatiently(one));
            GateTable.WriteGroup(measured.FindAll(each => each.Case.Group == group));
        }

        if (measured.Count == 0)
        {
            Console.Error.WriteLine($"No such group: {only}");
            return Unknown;
        }

        int exitCode = GateTable.WriteBudgets(measured, only) switch
        {
            null => Unknown,
            true => Met,
            false => Missed,
        };
        string seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        Console.WriteLine($"{Environment.NewLine}{seconds} s, exit code {exitCode}");
        return exitCode;
    }

    /// <summary>A neighbour may have taken the core or the disk: what misses a budget is measured again before it counts.</summary>
    private static Measured MeasurePatiently(Case one)
    {
        Measured measured = Sampler.Measure(one);
        for (int attempt = 1; attempt < AttemptsMax && !MeetsAll(measured); attempt++) measured = Sampler.Measure(one);
        return measured;
    }

    private static bool MeetsAll(Measured measured) =>
        Array.TrueForAll(Budgets.All, budget => !budget.AppliesTo(measured.Case) || budget.IsMet(measured));
}
