using System.Buffers;
using System.Globalization;
using System.Text;

namespace EdgeProxy.Observability;

/// <summary>
/// Writes Prometheus text 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): one line per series, HELP and TYPE before them.
/// </summary>
internal sealed class ExpositionText(IBufferWriter<byte> output)
{
    private const int NumberBytesMax = 40;

    /// <summary>Label pairs as they stand between braces. In a value \ " and line feed are escaped.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var tag in tags)
        {
            text.Append(text.Length == 0 ? "" : ",");
            foreach (var letter in tag.Key)
            {
                text.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
            }
            var value = tag.Value switch
            {
                null => "",
                bool flag => flag ? "true" : "false",
                _ => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "",
            };
            text.Append("=\"").Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        }
        return text.ToString();
    }

    public void Head(string name, string? help, ReadOnlySpan<byte> type)
    {
        if (!string.IsNullOrEmpty(help))
        {
            Text("# HELP ");
            Text(name);
            Text(" ");
            // In HELP a quote stands as it is.
            Text(help.Replace("\\", "\\\\").Replace("\n", "\\n"));
            output.Write("\n"u8);
        }
        Text("# TYPE ");
        Text(name);
        Text(" ");
        output.Write(type);
        output.Write("\n"u8);
    }

    public void Line(string name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels, long value)
    {
        Start(name, suffix, labels);
        Number(value);
        output.Write("\n"u8);
    }

    public void Line(string name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels, double value)
    {
        Start(name, suffix, labels);
        Number(value);
        output.Write("\n"u8);
    }

    /// <summary>One cumulative bucket; a bound of +∞ is the last.</summary>
    public void Bucket(string name, ReadOnlySpan<byte> labels, double bound, long cumulative)
    {
        Text(name);
        output.Write("_bucket{"u8);
        if (!labels.IsEmpty)
        {
            output.Write(labels);
            output.Write(","u8);
        }
        output.Write("le=\""u8);
        Number(bound);
        output.Write("\"} "u8);
        Number(cumulative);
        output.Write("\n"u8);
    }

    private void Start(string name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels)
    {
        Text(name);
        output.Write(suffix);
        if (!labels.IsEmpty)
        {
            output.Write("{"u8);
            output.Write(labels);
            output.Write("}"u8);
        }
        output.Write(" "u8);
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);

    private void Number(long value)
    {
        value.TryFormat(output.GetSpan(NumberBytesMax), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private void Number(double value)
    {
        if (double.IsInfinity(value))
        {
            output.Write(value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }
        value.TryFormat(output.GetSpan(NumberBytesMax), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }
}
