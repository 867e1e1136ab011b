using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>Measures a scenario: its rounds in turns over its variants, every variant in a fresh arena.</summary>
internal sealed class ScenarioRun(Scenario scenario, bool quick, Action<string> say)
{
    private readonly List<Figure> _figures = [];
    private readonly List<string> _notes = [];
    private readonly Dictionary<string, Histogram> _histograms = [];
    private readonly HashSet<string> _skipped = [];

    public Scenario Scenario => scenario;
    public bool Quick => quick;

    /// <summary>For scenarios whose length is chosen; null for their own.</summary>
    public double? Minutes { get; init; }
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>In the order in which they were first measured.</summary>
    public IEnumerable<(string Variant, string Name, string Unit, Spread Spread)> Figures =>
        _figures.GroupBy(figure => (figure.Variant, figure.Name, figure.Unit))
            .Select(group => (group.Key.Variant, group.Key.Name, group.Key.Unit, Spread.Of(group.Select(figure => figure.Value))));

    /// <summary>Latencies of all rounds by variant.</summary>
    public IReadOnlyDictionary<string, Histogram> Histograms => _histograms;

    public bool BudgetsMet => scenario.Budgets.All(budget => IsSkipped(budget) || IsMet(budget));

    /// <summary>A variant that the budget names cannot be measured on this machine.</summary>
    public bool IsSkipped(Budget budget) => _skipped.Contains(budget.Variant) || (budget.TimesVariant is { } other && _skipped.Contains(other));

    public bool IsMet(Budget budget) => budget.IsMet(Find);

    public Spread? Find(string variant, string name)
    {
        Figure[] found = [.. _figures.Where(figure => figure.Variant == variant && figure.Name == name)];
        return found.Length == 0 ? null : Spread.Of(found.Select(figure => figure.Value));
    }

    /// <summary>Throws <see cref="LoadException"/> when a variant could not be measured.</summary>
    public async Task RunAsync()
    {
        foreach (Variant variant in scenario.Variants)
        {
            if (variant.Missing() is not { } missing) continue;
            _skipped.Add(variant.Name);
            _notes.Add($"{variant.Name}: skipped, {missing}");
            say($"  {variant.Name}: skipped, {missing}");
        }

        int rounds = quick ? scenario.QuickRounds : scenario.Rounds;
        for (int number = 1; number <= rounds; number++)
        {
            say($"{scenario.Name}: round {number} of {rounds}");
            Variant[] variants = [.. scenario.Variants.Where(variant => !_skipped.Contains(variant.Name) && (number == 1 || !variant.Once))];
            if (scenario.SideBySide)
            {
                foreach (Round round in await Task.WhenAll(variants.Select(MeasureAsync))) Keep(round);
                continue;
            }

            foreach (Variant variant in variants) Keep(await MeasureAsync(variant));
        }
    }

    private async Task<Round> MeasureAsync(Variant variant)
    {
        await using var arena = new Arena();
        var round = new Round(variant.Name, quick, arena, say) { Minutes = Minutes };
        try
        {
            await variant.MeasureAsync(round);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new LoadException($"{scenario.Name}, {variant.Name}: {exception.Message}\n{arena.Log}");
        }

        return round;
    }

    private void Keep(Round round)
    {
        _figures.AddRange(round.Figures);
        _notes.AddRange(round.Notes.Except(_notes));
        foreach ((string variant, Histogram histogram) in round.Histograms)
        {
            if (!_histograms.TryGetValue(variant, out Histogram? all)) _histograms[variant] = all = new Histogram();
            all.Add(histogram);
        }
    }
}
