using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.LoadTests.Load;

namespace EdgeProxy.LoadTests.Measure;

/// <summary>What was measured, for people (Markdown) and for machines (JSON).</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Markdown(IReadOnlyList<ScenarioRun> runs)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Measured {Date()} on {Machine()}.");
        foreach (ScenarioRun run in runs)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {run.Scenario.Name}{(run.Quick ? " (quick)" : "")}").AppendLine();
            text.AppendLine(run.Scenario.Title + ".").AppendLine();
            string[] variants = [.. run.Figures.Select(figure => figure.Variant).Distinct()];
            text.AppendLine($"| | {string.Join(" | ", variants)} |");
            text.AppendLine($"|---|{string.Concat(variants.Select(_ => "---:|"))}");
            foreach (var row in run.Figures.GroupBy(figure => (figure.Name, figure.Unit)))
            {
                IEnumerable<string> cells = variants.Select(variant => row.Where(figure => figure.Variant == variant)
                    .Select(figure => Cell(figure.Spread, row.Key.Unit)).FirstOrDefault("–"));
                text.AppendLine($"| {row.Key.Name} | {string.Join(" | ", cells)} |");
            }

            Budgets(run, text);
            if (run.Notes.Count > 0) text.AppendLine();
            foreach (string note in run.Notes) text.AppendLine("- " + note);
        }

        return text.ToString();
    }

    public static byte[] ToJson(IReadOnlyList<ScenarioRun> runs) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            Date = Date(),
            Machine = Machine(),
            Scenarios = runs.Select(run => new
            {
                run.Scenario.Name,
                run.Scenario.Title,
                run.Quick,
                Figures = run.Figures.Select(figure => new
                {
                    figure.Variant,
                    figure.Name,
                    figure.Unit,
                    Median = Finite(figure.Spread.Median),
                    Min = Finite(figure.Spread.Min),
                    Max = Finite(figure.Spread.Max),
                    figure.Spread.Rounds,
                }),
                Budgets = run.Scenario.Budgets.Select(budget => new { budget.Text, Met = run.IsMet(budget) }),
                run.Notes,
                Met = run.BudgetsMet,
            }),
        },
        Json);

    private static void Budgets(ScenarioRun run, StringBuilder text)
    {
        if (run.Scenario.Budgets.Count == 0) return;
        text.AppendLine().AppendLine("| budget | measured | |").AppendLine("|---|---:|---|");
        foreach (Budget budget in run.Scenario.Budgets)
        {
            string unit = run.Figures.FirstOrDefault(figure => figure.Variant == budget.Variant && figure.Name == budget.Figure).Unit ?? "";
            string measured = run.Find(budget.Variant, budget.Figure) is { } spread ? Number(spread.Median, unit) : "not measured";
            text.AppendLine($"| {budget.Text} | {measured} | {(run.IsMet(budget) ? "met" : "**MISSED**")} |");
        }
    }

    /// <summary>The median, and the least and largest when there were several rounds.</summary>
    private static string Cell(Spread spread, string unit) =>
        spread.Rounds == 1 ? Number(spread.Median, unit) : $"{Number(spread.Median, unit)} ({Number(spread.Min, "")}–{Number(spread.Max, "")})";

    private static string Number(double value, string unit)
    {
        string number = value == Math.Floor(value) || Math.Abs(value) >= 1000
            ? value.ToString("#,0", CultureInfo.InvariantCulture)
            : value.ToString(Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
        return unit.Length == 0 ? number : $"{number} {unit}";
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Date() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Machine()
    {
        const string Info = "/proc/cpuinfo";
        string? model = File.Exists(Info)
            ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{Environment.ProcessorCount} × {model ?? "unknown processor"}";
    }
}
