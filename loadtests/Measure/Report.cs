using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.LoadTests.Load;

namespace EdgeProxy.LoadTests.Measure;

/// <summary>What was measured, for people (Markdown) and for machines (JSON).</summary>
internal static class Report
{
    private const int ColumnsMax = 4;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The file of a scenario's latency plot, beside the Markdown report.</summary>
    public static string PlotName(ScenarioRun run) => $"latency-{run.Scenario.Name}.svg";

    /// <param name="runs">In their order.</param>
    /// <param name="plots">Latency plots lie beside the report.</param>
    public static string Markdown(IReadOnlyList<ScenarioRun> runs, bool plots)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Measured {Date()} on {Machine()}.");
        foreach (ScenarioRun run in runs)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {run.Scenario.Name}{(run.Quick ? " (quick)" : "")}").AppendLine();
            text.AppendLine(run.Scenario.Title + ".").AppendLine();
            Table(run, text);
            Budgets(run, text);
            if (run.Histograms.Count > 0 && plots) text.AppendLine().AppendLine($"![Latency of {run.Scenario.Name}]({PlotName(run)})");
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
                Budgets = run.Scenario.Budgets.Select(budget => new { budget.Text, Met = run.IsMet(budget), Skipped = run.IsSkipped(budget) }),
                run.Notes,
                Met = run.BudgetsMet,
            }),
        },
        Json);

    /// <summary>Figures are rows; where many variants are compared, the variants are.</summary>
    private static void Table(ScenarioRun run, StringBuilder text)
    {
        string[] variants = [.. run.Figures.Select(figure => figure.Variant).Distinct()];
        (string Name, string Unit)[] figures = [.. run.Figures.Select(figure => (figure.Name, figure.Unit)).Distinct()];
        string Of(string variant, (string Name, string Unit) wanted) => run.Figures
            .Where(figure => figure.Variant == variant && figure.Name == wanted.Name)
            .Select(figure => Cell(figure.Spread, wanted.Unit)).FirstOrDefault("–");
        bool areRows = variants.Length > ColumnsMax;
        IEnumerable<string> heads = areRows ? figures.Select(figure => figure.Name) : variants;
        text.AppendLine($"| | {string.Join(" | ", heads)} |").AppendLine($"|---|{string.Concat(heads.Select(_ => "---:|"))}");
        if (areRows)
        {
            foreach (string variant in variants) text.AppendLine($"| {variant} | {string.Join(" | ", figures.Select(figure => Of(variant, figure)))} |");
            return;
        }

        foreach (var figure in figures) text.AppendLine($"| {figure.Name} | {string.Join(" | ", variants.Select(variant => Of(variant, figure)))} |");
    }

    private static void Budgets(ScenarioRun run, StringBuilder text)
    {
        if (run.Scenario.Budgets.Count == 0) return;
        text.AppendLine().AppendLine("| budget | measured | |").AppendLine("|---|---:|---|");
        foreach (Budget budget in run.Scenario.Budgets)
        {
            string unit = run.Figures.FirstOrDefault(figure => figure.Variant == budget.Variant && figure.Name == budget.Figure).Unit ?? "";
            string measured = run.Find(budget.Variant, budget.Figure) is { } spread ? Number(spread.Median, unit) : "not measured";
            if (budget.Measured(run.Find) is { } ratio) measured += $" ({ratio})";
            string verdict = run.IsSkipped(budget) ? "skipped" : run.IsMet(budget) ? "met" : "**MISSED**";
            text.AppendLine($"| {budget.Text} | {measured} | {verdict} |");
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
