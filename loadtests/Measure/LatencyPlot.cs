using System.Globalization;
using System.Security;
using System.Text;

namespace EdgeProxy.LoadTests.Measure;

/// <summary>
/// Latency by percentile as SVG: to the right the share of slower requests shrinks tenfold per step (50 %, 90 %, 99 % …), upwards the latency
/// grows tenfold per step. A stall shows as a wall.
/// </summary>
internal static class LatencyPlot
{
    private const int Width = 760;
    private const int Height = 420;
    private const int Left = 60;
    private const int Right = 200;
    private const int Top = 40;
    private const int Bottom = 40;
    private const int StepsPerDecade = 20;
    private const double Decades = 4;
    private const double LowestMs = 0.05;

    private static readonly string[] Colours =
    [
        "#0b6e4f", "#c1121f", "#1d4e89", "#e09f3e", "#7b2d8b", "#3a86ff", "#6c757d", "#8d5524", "#2ec4b6", "#ff006e", "#606c38", "#000000", "#9b5de5",
    ];

    public static string Svg(string title, IReadOnlyDictionary<string, Histogram> histograms)
    {
        double highest = Math.Pow(10, Math.Ceiling(Math.Log10(Math.Max(1, histograms.Values.Max(histogram => histogram.QuantileMs(0.9999))))));
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="11">""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" fill="#ffffff"/>""");
        Text(svg, Left, 20, title, "start", "#000000");
        Axes(svg, highest);
        int index = 0;
        foreach ((string name, Histogram histogram) in histograms)
        {
            string colour = Colours[index % Colours.Length];
            var points = new StringBuilder();
            for (int step = 0; step <= Decades * StepsPerDecade; step++)
            {
                double decade = (double)step / StepsPerDecade;
                points.Append(CultureInfo.InvariantCulture, $"{X(decade):0.0},{Y(histogram.QuantileMs(1 - Math.Pow(10, -decade)), highest):0.0} ");
            }

            svg.AppendLine(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>""");
            Text(svg, Width - Right + 12, Top + 12 + (index * 16), name, "start", colour);
            index++;
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static void Axes(StringBuilder svg, double highest)
    {
        (double Decade, string Name)[] shares = [(0, "0 %"), (0.30103, "50 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %")];
        foreach ((double decade, string name) in shares)
        {
            Line(svg, X(decade), Top, X(decade), Height - Bottom);
            Text(svg, X(decade), Height - Bottom + 16, name, "middle", "#444444");
        }

        for (double ms = LowestMs * 2; ms <= highest * 1.001; ms *= 10)
        {
            Line(svg, Left, Y(ms, highest), Width - Right, Y(ms, highest));
            Text(svg, Left - 6, Y(ms, highest) + 4, ms.ToString("0.##", CultureInfo.InvariantCulture) + " ms", "end", "#444444");
        }
    }

    private static double X(double decade) => Left + (decade / Decades * (Width - Left - Right));

    private static double Y(double ms, double highest)
    {
        double share = Math.Log(Math.Clamp(ms, LowestMs, highest) / LowestMs) / Math.Log(highest / LowestMs);
        return Height - Bottom - (share * (Height - Top - Bottom));
    }

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2) =>
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{x1:0.0}" y1="{y1:0.0}" x2="{x2:0.0}" y2="{y2:0.0}" stroke="#dddddd"/>""");

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string colour) =>
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<text x="{x:0.0}" y="{y:0.0}" text-anchor="{anchor}" fill="{colour}">{SecurityElement.Escape(text)}</text>""");
}
