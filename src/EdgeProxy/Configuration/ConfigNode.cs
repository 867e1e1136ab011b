using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// One object of the configuration, read by hand: a binder would stop at the first bad value and pass over misspelt keys in silence.
/// Every reading method names its key as known; <see cref="RejectUnknown"/> reports the rest.
/// </summary>
internal sealed class ConfigNode(IConfiguration section, string path, ConfigErrors errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public string Key(string name) => path.Length == 0 ? name : $"{path}:{name}";

    public bool Has(string name) => section[name] is { Length: > 0 } || section.GetSection(name).GetChildren().Any();

    public string? Text(string name)
    {
        _known.Add(name);
        if (section.GetSection(name).GetChildren().Any()) errors.Add(Key(name), "is a list or object; write one text");
        string? value = section[name];
        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }

    public int Int(string name, int fallback, int min, int max) => (int)Long(name, fallback, min, max);

    public long Long(string name, long fallback, long min, long max)
    {
        string? text = Text(name);
        if (text is null) return fallback;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= min && value <= max)
        {
            return value;
        }

        errors.Add(Key(name), $"\"{text}\" is not a whole number from {min} to {max}; leave it out for {fallback}");
        return fallback;
    }

    /// <summary>A number with or without a fraction, written with a point whatever the machine's language.</summary>
    public double Number(string name, double fallback, double min, double max)
    {
        string? text = Text(name);
        if (text is null) return fallback;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(text, Style, CultureInfo.InvariantCulture, out double value) && value >= min && value <= max) return value;
        errors.Add(Key(name), string.Create(
            CultureInfo.InvariantCulture, $"\"{text}\" is not a number from {min} to {max}, such as 0.5; leave it out for {fallback}"));
        return fallback;
    }

    public bool Flag(string name, bool fallback)
    {
        string? text = Text(name);
        if (text is null) return fallback;
        if (bool.TryParse(text, out bool value)) return value;
        errors.Add(Key(name), $"\"{text}\" is neither true nor false");
        return fallback;
    }

    /// <summary>An absolute http or https URL, or null when absent or wrong (then reported).</summary>
    public Uri? Url(string name, bool required = false)
    {
        string? text = Text(name);
        if (text is null)
        {
            if (required) errors.Add(Key(name), "is missing; write an http:// or https:// URL");
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https") return url;
        errors.Add(Key(name), $"\"{text}\" is not an http:// or https:// URL");
        return null;
    }

    public IReadOnlyList<string> List(string name)
    {
        _known.Add(name);
        if (section[name] is { Length: > 0 } text) return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. section.GetSection(name).GetChildren().Select(child => child.Value?.Trim() ?? "")];
    }

    public IReadOnlyList<ConfigNode> Nodes(string name, int max)
    {
        _known.Add(name);
        if (section[name] is { Length: > 0 }) errors.Add(Key(name), "is a text; write a list of objects");
        IConfigurationSection[] children = [.. section.GetSection(name).GetChildren()];
        if (children.Length > max) errors.Add(Key(name), $"has {children.Length} entries; at most {max} are served by one process");
        return [.. children.Take(max).Select(child => new ConfigNode(child, Key($"{name}:{child.Key}"), errors))];
    }

    /// <summary>One object; without keys when it is absent.</summary>
    public ConfigNode Node(string name)
    {
        _known.Add(name);
        if (section[name] is { Length: > 0 }) errors.Add(Key(name), "is a text; write an object");
        return new ConfigNode(section.GetSection(name), Key(name), errors);
    }

    /// <summary>A secret given in place or in a file ("<paramref name="name"/>File"); the file's surrounding white space is cut.</summary>
    public string? Secret(string name)
    {
        string? value = Text(name);
        string? file = Text(name + "File");
        if (file is null) return value;
        if (value is not null)
        {
            errors.Add(Key(name), $"is given beside {name}File; keep one of them");
            return value;
        }

        try
        {
            string text = File.ReadAllText(file).Trim();
            if (text.Length > 0) return text;
            errors.Add(Key(name + "File"), $"the file \"{file}\" is empty");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(Key(name + "File"), $"cannot read \"{file}\": {exception.Message}");
        }

        return null;
    }

    public void RejectUnknown()
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (_known.Contains(child.Key)) continue;
            string? near = _known.MinBy(name => Distance(name, child.Key));
            errors.Add(Key(child.Key), near is null ? "is not a setting" : $"is not a setting; did you mean {near}?");
        }
    }

    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
