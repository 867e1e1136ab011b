using System.Text.RegularExpressions;

namespace EdgeProxy.Configuration;

/// <summary>Collects what is wrong, so that all of it can be told at once. A message never repeats a secret value.</summary>
internal sealed partial class ConfigErrors
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <param name="key">The key as it stands in edgeproxy.json, levels joined by ':'.</param>
    /// <param name="advice">What is wrong and what to write instead.</param>
    public void Add(string key, string advice) => _lines.Add(TokenSecret().Replace($"{key}: {advice}", "***"));

    // A refused value is quoted, and a token may have been written where a name or a URL belongs.
    [GeneratedRegex("(?<=[0-9]:)[A-Za-z0-9_-]{16,}")]
    private static partial Regex TokenSecret();
}
