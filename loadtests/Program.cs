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
    Console.WriteLine("dotnet run -c Release --project loadtests -- <scenario>... [--quick] [--only VARIANT] [--json FILE] [--markdown FILE]");
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
    var run = new ScenarioRun(options.Only is { } only ? scenario.WithOnly(only) : scenario, options.Quick, Console.Error.WriteLine);
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

string report = Report.Markdown(runs);
Console.WriteLine(report);
if (options.MarkdownFile is not null) await File.WriteAllTextAsync(options.MarkdownFile, report);
if (options.JsonFile is not null) await File.WriteAllBytesAsync(options.JsonFile, Report.ToJson(runs));
signals.ForEach(signal => signal.Dispose());
return exitCode;

static void Stop(PosixSignalContext context)
{
    Arena.EndAll();
    Environment.Exit(2);
}
