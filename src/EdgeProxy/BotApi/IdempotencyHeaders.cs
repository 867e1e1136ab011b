using System.Text;

namespace EdgeProxy.BotApi;

/// <summary>Headers of a kept answer: lines "Name: value"; neither can hold a line's end.</summary>
internal static class IdempotencyHeaders
{
    public static string Write(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var text = new StringBuilder();
        foreach ((string name, string value) in headers) text.Append(name).Append(": ").Append(value).Append('\n');
        return text.ToString();
    }

    public static List<KeyValuePair<string, string>> Read(string? text)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (string line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0) headers.Add(new(line[..colon], line[(colon + 2)..]));
        }

        return headers;
    }
}
