using System.Globalization;

namespace EdgeProxy.Bench.Gate;

/// <summary>The gate's result as Markdown.</summary>
internal static class GateTable
{
    public static void WriteGroup(List<Measured> cases)
    {
        IEnumerable<string> peers = cases.SelectMany(one => one.Figures.Skip(1)).Select(figure => figure.Variant).Distinct();
        string[] columns = [Cases.Edge, .. peers];
        string clock = cases[0].Case.IsDisk ? "a record's time, CPU" : "CPU";
        Console.WriteLine();
        Console.WriteLine($"| {cases[0].Case.Group} ({clock}) | {string.Join(" | ", columns)} |");
        Console.WriteLine($"|---|{string.Concat(columns.Select(static _ => "---:|"))}");
        foreach (Measured one in cases)
        {
            IEnumerable<string> cells = columns.Select(column => one.Figures.Where(figure => figure.Variant == column)
                .Select(figure => Cell(one, figure)).FirstOrDefault("–"));
            Console.WriteLine($"| {one.Case.Name} | {string.Join(" | ", cells)} |");
        }
    }

    /// <summary>One line a budget, with the case that is nearest to it. Null: a budget has no case, so it says nothing.</summary>
    public static bool? WriteBudgets(List<Measured> measured, string only)
    {
        bool? all = true;
        Console.WriteLine();
        Console.WriteLine("| budget | measured at most | |");
        Console.WriteLine("|---|---:|---|");
        foreach (Budget budget in Budgets.All.Where(budget => budget.Group.Contains(only, StringComparison.Ordinal)))
        {
            Measured? worst = measured.Where(one => budget.AppliesTo(one.Case)).MaxBy(budget.Read);
            string value = worst is null ? "no such case" : $"{Number(budget.Read(worst))} ({worst.Case.Name})";
            bool isMet = worst is not null && budget.IsMet(worst);
            Console.WriteLine($"| {budget.Text} | {value} | {(isMet ? "met" : "**MISSED**")} |");
            if (worst is null) all = null;
            else if (!isMet && all is true) all = false;
        }

        return all;
    }

    // Of peers the ratios too: EdgeProxy's figure over theirs.
    private static string Cell(Measured one, Figure figure)
    {
        bool isPeer = figure != one.Figures[0];
        string cpu = Time(figure.CpuNs) + (isPeer ? $" (× {Number(figure.CpuRatio)})" : "");
        if (!one.Case.IsDisk)
        {
            string speed = one.Case.Bytes > 0 ? $", {Number(one.Case.Bytes / figure.CpuNs)} GB/s" : "";
            return $"{cpu}{speed}, {Number(figure.Bytes)} B";
        }

        string wall = Time(figure.WallNs) + (isPeer ? $" (× {Number(figure.WallRatio)})" : "");
        return $"{wall}, {cpu}, {Number(figure.Bytes)} B";
    }

    private static string Time(double nanoseconds) => nanoseconds < 1000 ? $"{Number(nanoseconds)} ns" : $"{Number(nanoseconds / 1000)} µs";

    private static string Number(double value) => value.ToString(value switch
    {
        >= 100 => "#,0",
        0 => "0",
        >= 10 => "0.#",
        _ => "0.00",
    }, CultureInfo.InvariantCulture);
}
