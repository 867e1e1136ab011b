using System.Globalization;

namespace EdgeProxy.Bench.Gate;

/// <summary>The gate's result as Markdown.</summary>
internal static class GateTable
{
    public static void WriteGroup(List<Measured> cases)
    {
        IEnumerable<string> peers = cases.SelectMany(one => one.Figures.Skip(1)).Select(figure => figure.Variant).Distinct();
        string[] columns = [Cases.Edge, .. peers];
        string clock = cases[0].Case.IsDisk ? "wall time per record" : "CPU time";
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

    private static string Cell(Measured one, Figure figure)
    {
        string time = figure.Nanoseconds < 1000 ? $"{Number(figure.Nanoseconds)} ns" : $"{Number(figure.Nanoseconds / 1000)} µs";
        string speed = one.Case.Bytes > 0 && !one.Case.IsDisk ? $" · {Number(one.Case.Bytes / figure.Nanoseconds)} GB/s" : "";
        string ratio = figure == one.Figures[0] ? "" : $" · ratio {Number(figure.Ratio)}";
        return $"{time}{speed} · {Number(figure.Bytes)} B{ratio}";
    }

    private static string Number(double value) => value.ToString(value switch
    {
        >= 100 => "#,0",
        >= 10 => "0.0",
        0 => "0",
        _ => "0.00",
    }, CultureInfo.InvariantCulture);
}
