using System.Globalization;

namespace EdgeProxy.Bench.Gate;

/// <summary>A bound for EdgeProxy's figure in every case of a group, or in one of them.</summary>
/// <param name="Kind">What is bounded.</param>
/// <param name="Bound">The most that is allowed: bytes, microseconds, or a multiple of the peer's time.</param>
/// <param name="Peer">The peer of a ratio; else empty.</param>
/// <param name="Group">The cases' group.</param>
/// <param name="Case">The one case; empty for all of the group.</param>
internal sealed record Budget(BudgetKind Kind, double Bound, string Peer, string Group, string Case)
{
    public string Text => $"{Group}{(Case.Length == 0 ? "" : ", " + Case)}: " + string.Format(CultureInfo.InvariantCulture, Kind switch
    {
        BudgetKind.Bytes => "≤ {0} B",
        BudgetKind.CpuMicroseconds => "CPU ≤ {0} µs",
        BudgetKind.CpuRatio => "CPU ≤ {0} × {1}",
        _ => "time ≤ {0} × {1}",
    }, Bound, Peer);

    public static Budget Bytes(double bound, string group, string one = "") => new(BudgetKind.Bytes, bound, "", group, one);

    public static Budget CpuMicroseconds(double bound, string group, string one = "") => new(BudgetKind.CpuMicroseconds, bound, "", group, one);

    public static Budget CpuRatio(double bound, string peer, string group, string one = "") => new(BudgetKind.CpuRatio, bound, peer, group, one);

    public static Budget WallRatio(double bound, string peer, string group, string one = "") => new(BudgetKind.WallRatio, bound, peer, group, one);

    public bool AppliesTo(Case one) => one.Group == Group && (Case.Length == 0 || Case == one.Name);

    /// <summary>The bounded figure of a case that was measured.</summary>
    public double Read(Measured measured) => Kind switch
    {
        BudgetKind.Bytes => measured.Figures[0].Bytes,
        BudgetKind.CpuMicroseconds => measured.Figures[0].CpuNs / 1000,
        BudgetKind.CpuRatio => measured.Of(Peer).CpuRatio,
        _ => measured.Of(Peer).WallRatio,
    };

    public bool IsMet(Measured measured) => Read(measured) <= Bound;
}
