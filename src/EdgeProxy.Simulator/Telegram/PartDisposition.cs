using System.Text;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// Content-Disposition of a part, read as Telegram reads it: bot frameworks write a filename in plain UTF-8, which the framework's own
/// strict parser refuses.
/// </summary>
/// <param name="Name">Name of the form field; null when there is none.</param>
/// <param name="FileName">Null when the part is not a file.</param>
internal readonly record struct PartDisposition(string? Name, string? FileName)
{
    public static PartDisposition Parse(string? header) => new(Parameter(header ?? "", "name"), Parameter(header ?? "", "filename"));

    private static string? Parameter(string header, string wanted)
    {
        int at = 0;
        while ((at = header.IndexOf(';', at)) >= 0)
        {
            at++;
            int equals = header.IndexOf('=', at);
            if (equals < 0)
            {
                return null;
            }

            bool isWanted = header.AsSpan(at, equals - at).Trim().Equals(wanted, StringComparison.OrdinalIgnoreCase);
            (string value, at) = Value(header, equals + 1);
            if (isWanted)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>A value, quoted or not, and where it ends.</summary>
    private static (string Value, int End) Value(string header, int start)
    {
        if (start >= header.Length || header[start] != '"')
        {
            int semicolon = header.IndexOf(';', start);
            int end = semicolon < 0 ? header.Length : semicolon;
            return (header[start..end].Trim(), end);
        }

        var value = new StringBuilder();
        int at = start + 1;
        for (; at < header.Length && header[at] != '"'; at++)
        {
            // Only a quote and a backslash are escaped: names of files on Windows stay whole.
            if (header[at] == '\\' && at + 1 < header.Length && header[at + 1] is '"' or '\\')
            {
                at++;
            }

            value.Append(header[at]);
        }

        return (value.ToString(), Math.Min(at + 1, header.Length));
    }
}
