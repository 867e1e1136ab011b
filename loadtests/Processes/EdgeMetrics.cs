using System.Globalization;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>The proxy's /metrics.</summary>
internal static class EdgeMetrics
{
    public const string AllocatedBytes = "dotnet_allocated_bytes_total";
    public const string Delivered = "edgeproxy_delivered_total";
    public const string Appended = "edgeproxy_journal_appended_total";

    /// <summary>The sum over all label sets; 0 when there is none.</summary>
    public static async Task<double> ReadAsync(ChildProcess proxy, string name)
    {
        string text = await Arena.Http.GetStringAsync(new Uri(proxy.Url, "/metrics"));
        double sum = 0;
        foreach (string line in text.Split('\n'))
        {
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length <= name.Length || line[name.Length] is not (' ' or '{')) continue;
            sum += double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
