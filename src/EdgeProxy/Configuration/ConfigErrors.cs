using System.Text.RegularExpressions;

namespace EdgeProxy.Configuration;

/// <summary>Collects what is wrong, so that all of it can be told at once. A message never repeats a secret value.</summary>
internal sealed partial class ConfigErrors
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The file could not be read: what would be missing without it is not told, since it may well stand there.</summary>
    public bool IsFileUnread { get; private set; }

    /// <param name="file">The file, or what named it.</param>
    /// <param name="advice">Why it cannot be read.</param>
    public void AddFile(string file, string advice)
    {
        IsFileUnread = true;
        Add(file, advice);
    }

    /// <param name="key">The key as it stands in edgeproxy.json, levels joined by ':'.</param>
    /// <param name="advice">What is wrong and what to write instead.</param>
    public void Add(string key, string advice) => _lines.Add(TokenSecret().Replace($"{key}: {advice}", "***"));

    // A refused value is quoted, and a token may have been written where a name or a URL belongs.
    [GeneratedRegex("(?<=[0-9]:)[A-Za-z0-9_-]{16,}")]
    private static partial Regex TokenSecret();
}
