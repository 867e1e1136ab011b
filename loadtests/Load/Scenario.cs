using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Load;

/// <summary>What is measured, against what, and what it may cost. Declared like data.</summary>
internal sealed record Scenario
{
    /// <summary>On the command line.</summary>
    public required string Name { get; init; }

    /// <summary>One line for the list and the report.</summary>
    public required string Title { get; init; }

    /// <summary>Measured in turns: round 1 of each, then round 2 of each, so that a slow minute of the machine meets all of them.</summary>
    public required IReadOnlyList<Variant> Variants { get; init; }
    public IReadOnlyList<Budget> Budgets { get; init; } = [];
    public int Rounds { get; init; } = 1;
    public int QuickRounds { get; init; } = 1;

    /// <summary>The variants of a round run at the same time. Only for loads far below what the machine can do.</summary>
    public bool SideBySide { get; init; }

    /// <summary>"all" leaves it out.</summary>
    public bool OnlyByName { get; init; }

    /// <summary>One variant of it by itself, with the budgets that it can meet by itself.</summary>
    public Scenario WithOnly(string variant) => this with
    {
        Variants = [.. Variants.Where(known => known.Name == variant)],
        Budgets = [.. Budgets.Where(budget => budget.Variant == variant && budget.TimesVariant is null)],
    };
}
