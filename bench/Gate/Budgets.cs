namespace EdgeProxy.Bench.Gate;

/// <summary>
/// The promises. Ratios stand about a third above what is measured on two shared cores: they catch a change for the worse, not the noise.
/// </summary>
internal static class Budgets
{
    public static readonly Budget[] All =
    [
        Budget.Bytes(Cases.Envelope, 0),
        Budget.Ratio(Cases.Envelope, 0.6, Cases.Document),
        Budget.Ratio(Cases.Envelope, 0.6, Cases.Model),
        Budget.Bytes(Cases.Metrics, 0),
        Budget.Bytes(Cases.Lanes, 0),
        Budget.Microseconds(Cases.Lanes, 3),
        Budget.Bytes(Cases.Journal, 0),
    ];
}
