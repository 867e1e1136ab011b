using System.Runtime.InteropServices;
using EdgeProxy.LoadTests;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;
using EdgeProxy.LoadTests.Scenarios;

// Exit codes: 0 every budget is met, 1 one is missed, 2 it could not be run.
Options options = Options.Parse(args, Catalogue.All);
if (options.Scenarios.Count == 0)
{
    if (options.Error is not null) Console.Error.WriteLine(options.Error + Environment.NewLine);
    Console.WriteLine("dotnet run -c Release --project loadtests -- <scenario>... [--quick] [--only VARIANT] [--minutes N] [--json FILE] [--markdown FILE]");
    Console.WriteLine();
    foreach (Scenario scenario in Catalogue.All) Console.WriteLine($"  {scenario.Name,-20}{scenario.Title}");
    Console.WriteLine($"  {Options.All,-20}every one of them");
    return 2;
}

var signals = new List<PosixSignalRegistration>();
foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM]) signals.Add(PosixSignalRegistration.Create(signal, Stop));

var runs = new List<ScenarioRun>();
int exitCode = 0;
foreach (Scenario scenario in options.Scenarios)
{
    Scenario chosen = options.Only is { } only ? scenario.WithOnly(only) : scenario;
    var run = new ScenarioRun(chosen, options.Quick, Console.Error.WriteLine) { Minutes = options.Minutes };
    try
    {
        await run.RunAsync();
        runs.Add(run);
        if (!run.BudgetsMet && exitCode == 0) exitCode = 1;
    }
    catch (LoadException exception)
    {
        Console.Error.WriteLine($"{scenario.Name} could not be run: {exception.Message}");
        exitCode = 2;
    }
}

Console.WriteLine(Report.Markdown(runs, plots: false));
if (options.MarkdownFile is not null)
{
    string folder = Path.GetDirectoryName(Path.GetFullPath(options.MarkdownFile))!;
    Directory.CreateDirectory(folder);
    await File.WriteAllTextAsync(options.MarkdownFile, Report.Markdown(runs, plots: true));
    foreach (ScenarioRun run in runs.Where(run => run.Histograms.Count > 0))
    {
        await File.WriteAllTextAsync(Path.Combine(folder, Report.PlotName(run)), LatencyPlot.Svg(run.Scenario.Title, run.Histograms));
    }
}

if (options.JsonFile is not null) await File.WriteAllBytesAsync(options.JsonFile, Report.ToJson(runs));
signals.ForEach(signal => signal.Dispose());
return exitCode;

static void Stop(PosixSignalContext context)
{
    Arena.EndAll();
    Environment.Exit(2);
}
