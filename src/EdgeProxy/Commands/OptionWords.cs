using System.Text;
using System.Text.Json;

namespace EdgeProxy.Commands;

/// <summary>The words of a command: options with a value (--status failed), flags (--all), and the rest.</summary>
internal sealed class OptionWords
{
    private readonly List<(string Name, string Value)> _options = [];
    private readonly List<string> _rest = [];

    /// <summary>What is no option, without the first word.</summary>
    public IReadOnlyList<string> Rest => _rest;

    /// <summary>Null when every word is understood; else what is wrong.</summary>
    public static string? Read(IReadOnlyList<string> words, string[] options, string[] flags, out OptionWords read)
    {
        read = new OptionWords();
        for (int i = 1; i < words.Count; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal))
            {
                read._rest.Add(words[i]);
                continue;
            }

            string name = words[i][2..];
            if (flags.Contains(name)) read._options.Add((name, "true"));
            else if (!options.Contains(name)) return $"outbox {words[0]} has no option --{name}";
            else if (i + 1 == words.Count) return $"--{name} needs a value";
            else read._options.Add((name, words[++i]));
        }

        return null;
    }

    public bool Has(string name) => _options.Exists(option => option.Name == name);

    /// <summary>The options as a query string with its question mark; empty without options. Names are written as the API writes them.</summary>
    public string Query(string except = "")
    {
        var query = new StringBuilder();
        foreach ((string name, string value) in _options)
        {
            if (name != except) query.Append(query.Length == 0 ? '?' : '&').Append(ApiName(name)).Append('=').Append(Uri.EscapeDataString(value));
        }

        return query.ToString();
    }

    /// <summary>The options as a JSON object; a flag is true, everything else text.</summary>
    public string Json()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, string value) in _options) json.WriteString(ApiName(name), value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string ApiName(string name) => name.Replace('-', '_');
}
