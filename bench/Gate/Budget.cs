using System.Globalization;

namespace EdgeProxy.Bench.Gate;

/// <summary>A bound for EdgeProxy's figure in every case of a group, or in one of them.</summary>
/// <param name="Group">The cases' group.</param>
/// <param name="Bound">The most that is allowed: bytes an operation, microseconds, or a multiple of the peer's time.</param>
/// <param name="Kind">What is bounded.</param>
internal sealed record Budget(string Group, double Bound, BudgetKind Kind)
{
    /// <summary>The peer of a ratio.</summary>
    public string Peer { get; init; } = "";

    /// <summary>The one case; empty for all of the group.</summary>
    public string Case { get; init; } = "";

    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Group}{(Case.Length == 0 ? "" : $", {Case}")}: {Limit}");

    private string Limit => Kind switch
    {
        BudgetKind.Bytes => string.Create(CultureInfo.InvariantCulture, $"≤ {Bound} B"),
        BudgetKind.Microseconds => string.Create(CultureInfo.InvariantCulture, $"≤ {Bound} µs"),
        _ => string.Create(CultureInfo.InvariantCulture, $"≤ {Bound} × {Peer}"),
    };

    public static Budget Bytes(string group, double bound) => new(group, bound, BudgetKind.Bytes);

    public static Budget Microseconds(string group, double bound) => new(group, bound, BudgetKind.Microseconds);

    public static Budget Ratio(string group, double bound, string peer) => new(group, bound, BudgetKind.Ratio) { Peer = peer };

    public bool AppliesTo(Case one) => one.Group == Group && (Case.Length == 0 || Case == one.Name);

    /// <summary>The bounded figure of a case that was measured.</summary>
    public double Read(Measured measured) => Kind switch
    {
        BudgetKind.Bytes => measured.Figures[0].Bytes,
        BudgetKind.Microseconds => measured.Figures[0].Nanoseconds / 1000,
        _ => measured.Of(Peer).Ratio,
    };

    public bool IsMet(Measured measured) => Read(measured) <= Bound;
}
