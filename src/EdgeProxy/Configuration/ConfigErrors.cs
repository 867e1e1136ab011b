namespace EdgeProxy.Configuration;

/// <summary>Collects what is wrong, so that all of it can be told at once. A message never repeats a secret value.</summary>
internal sealed class ConfigErrors
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <param name="key">The key as it stands in edgeproxy.json, levels joined by ':'.</param>
    /// <param name="advice">What is wrong and what to write instead.</param>
    public void Add(string key, string advice) => _lines.Add($"{key}: {advice}");
}
