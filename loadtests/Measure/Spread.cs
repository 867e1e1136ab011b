namespace EdgeProxy.LoadTests.Measure;

/// <summary>One figure over all rounds: the median, and how far the rounds lay apart.</summary>
internal readonly record struct Spread(double Median, double Min, double Max, int Rounds)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1], sorted.Length);
    }
}
