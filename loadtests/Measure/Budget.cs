using System.Globalization;

namespace EdgeProxy.LoadTests.Measure;

/// <summary>A bound for the median of a figure: a number, or a multiple of the same figure of another variant of the same run.</summary>
internal sealed record Budget
{
    public required string Variant { get; init; }
    public required string Figure { get; init; }
    public double Bound { get; init; }

    /// <summary>The bound is the least allowed, not the most.</summary>
    public bool AtLeast { get; init; }

    /// <summary>The bound itself is met; without it "less than" is meant.</summary>
    public bool Inclusive { get; init; } = true;

    /// <summary>Added to the multiple.</summary>
    public double Plus { get; init; }

    /// <summary>The bound is multiplied by this variant's figure; null for a plain number.</summary>
    public string? TimesVariant { get; init; }

    public static Budget Max(string variant, string figure, double bound) => new() { Variant = variant, Figure = figure, Bound = bound };

    public static Budget Below(string variant, string figure, double bound) =>
        new() { Variant = variant, Figure = figure, Bound = bound, Inclusive = false };

    public static Budget Min(string variant, string figure, double bound) =>
        new() { Variant = variant, Figure = figure, Bound = bound, AtLeast = true };

    public static Budget MaxRatio(string variant, string figure, double ratio, string ofVariant) =>
        new() { Variant = variant, Figure = figure, Bound = ratio, TimesVariant = ofVariant };

    /// <summary>At most that much more than the other variant.</summary>
    public static Budget MaxOver(string variant, string figure, double plus, string ofVariant) =>
        new() { Variant = variant, Figure = figure, Bound = 1, Plus = plus, TimesVariant = ofVariant };

    /// <summary>At most a <paramref name="times"/>-th part of the other variant.</summary>
    public static Budget TimesLess(string variant, string figure, double times, string ofVariant) =>
        new() { Variant = variant, Figure = figure, Bound = 1 / times, TimesVariant = ofVariant };

    public string Text => string.Create(CultureInfo.InvariantCulture,
        $"{Variant}: {Figure} {(AtLeast ? "≥" : Inclusive ? "≤" : "<")} {Bound:0.###}{(TimesVariant is null ? "" : " × " + TimesVariant)}{PlusText}");

    private string PlusText => Plus == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" + {Plus}");

    /// <summary>The bound itself, and the multiple that was measured; null when something was not measured.</summary>
    public string? Measured(Func<string, string, Spread?> figures) =>
        TimesVariant is null || figures(Variant, Figure) is not { } measured || figures(TimesVariant, Figure) is not { } other
            ? null
            : Plus == 0
                ? string.Create(CultureInfo.InvariantCulture, $"{measured.Median / other.Median:0.00} ×")
                : string.Create(CultureInfo.InvariantCulture, $"{measured.Median - other.Median:+0.0;-0.0}");

    /// <summary>A figure that was not measured meets no budget.</summary>
    public bool IsMet(Func<string, string, Spread?> figures)
    {
        if (figures(Variant, Figure) is not { } measured) return false;
        double bound = Bound;
        if (TimesVariant is not null)
        {
            if (figures(TimesVariant, Figure) is not { } other) return false;
            bound = (bound * other.Median) + Plus;
        }

        return AtLeast ? measured.Median >= bound : Inclusive ? measured.Median <= bound : measured.Median < bound;
    }
}
