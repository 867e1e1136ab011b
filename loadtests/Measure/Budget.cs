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

    /// <summary>The bound is multiplied by this variant's figure; null for a plain number.</summary>
    public string? TimesVariant { get; init; }

    public static Budget Max(string variant, string figure, double bound) => new() { Variant = variant, Figure = figure, Bound = bound };

    public static Budget Below(string variant, string figure, double bound) =>
        new() { Variant = variant, Figure = figure, Bound = bound, Inclusive = false };

    public static Budget Min(string variant, string figure, double bound) =>
        new() { Variant = variant, Figure = figure, Bound = bound, AtLeast = true };

    public static Budget MaxRatio(string variant, string figure, double ratio, string ofVariant) =>
        new() { Variant = variant, Figure = figure, Bound = ratio, TimesVariant = ofVariant };

    public string Text => string.Create(CultureInfo.InvariantCulture,
        $"{Variant}: {Figure} {(AtLeast ? "≥" : Inclusive ? "≤" : "<")} {Bound}{(TimesVariant is null ? "" : " × " + TimesVariant)}");

    /// <summary>A figure that was not measured meets no budget.</summary>
    public bool IsMet(Func<string, string, Spread?> figures)
    {
        if (figures(Variant, Figure) is not { } measured) return false;
        double bound = Bound;
        if (TimesVariant is not null)
        {
            if (figures(TimesVariant, Figure) is not { } other) return false;
            bound *= other.Median;
        }

        return AtLeast ? measured.Median >= bound : Inclusive ? measured.Median <= bound : measured.Median < bound;
    }
}
