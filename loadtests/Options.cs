using System.Globalization;
using EdgeProxy.LoadTests.Load;

namespace EdgeProxy.LoadTests;

/// <summary>The command line: scenarios by name, and where reports go.</summary>
/// <param name="Scenarios">To run, in this order; empty asks for the usage.</param>
/// <param name="Only">The one variant to measure; null for all of them.</param>
/// <param name="Quick">Fewer rounds and smaller loads.</param>
/// <param name="Minutes">Length of a soak; null for its own.</param>
/// <param name="JsonFile">Null for none.</param>
/// <param name="MarkdownFile">Null for none; the report is printed in any case.</param>
/// <param name="Error">What is wrong with the command line; null when nothing.</param>
internal sealed record Options(
    IReadOnlyList<Scenario> Scenarios, string? Only, bool Quick, double? Minutes, string? JsonFile, string? MarkdownFile, string? Error)
{
    public const string All = "all";

    public static Options Parse(string[] args, IReadOnlyList<Scenario> known)
    {
        var chosen = new List<Scenario>();
        bool quick = false;
        double? minutes = null;
        string? only = null, json = null, markdown = null;
        for (int index = 0; index < args.Length; index++)
        {
            string? value = index + 1 < args.Length ? args[index + 1] : null;
            switch (args[index])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--only" when value is not null:
                    only = args[++index];
                    break;
                case "--minutes" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0:
                    minutes = number;
                    index++;
                    break;
                case "--json" when value is not null:
                    json = args[++index];
                    break;
                case "--markdown" when value is not null:
                    markdown = args[++index];
                    break;
                case All:
                    chosen.AddRange(known.Where(scenario => !scenario.OnlyByName));
                    break;
                case var name when known.FirstOrDefault(scenario => scenario.Name == name) is { } scenario:
                    chosen.Add(scenario);
                    break;
                case var other:
                    return new Options([], only, quick, minutes, json, markdown, $"\"{other}\" is no scenario and no complete option");
            }
        }

        return new Options(chosen, only, quick, minutes, json, markdown, null);
    }
}
