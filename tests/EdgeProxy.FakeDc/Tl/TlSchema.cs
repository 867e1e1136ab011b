using System.Globalization;

namespace EdgeProxy.FakeDc.Tl;

/// <summary>
/// The part of the library's schema that this data centre speaks, read from <c>schema.txt</c>: one combinator a line, in TL's own notation
/// (<c>name#id field:type … = Type;</c>), methods after <c>---functions---</c>.
/// </summary>
internal sealed class TlSchema
{
    private readonly Dictionary<uint, TlCombinator> _byId = [];
    private readonly Dictionary<string, TlCombinator> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, string> _otherMethods = [];

    private TlSchema(string schema, string methods)
    {
        var isMethod = false;
        foreach (var line in schema.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("// layer ", StringComparison.Ordinal))
                Layer = int.Parse(line[9..], CultureInfo.InvariantCulture);
            else if (line == "---functions---")
                isMethod = true;
            else
                Add(line, isMethod);
        }

        foreach (var line in methods.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            _otherMethods.Add(uint.Parse(line[..8], NumberStyles.HexNumber, CultureInfo.InvariantCulture), line[9..]);
    }

    public static TlSchema Instance { get; } = new(Resource("schema.txt"), Resource("methods.txt"));

    public int Layer { get; }

    public IEnumerable<TlCombinator> All => _byId.Values;

    /// <exception cref="TlException">The id is not in the schema.</exception>
    public TlCombinator ById(uint id)
    {
        if (_byId.TryGetValue(id, out var found))
            return found;
        var hex = id.ToString("x8", CultureInfo.InvariantCulture);
        throw _otherMethods.TryGetValue(id, out var method)
            ? new TlException("no such method here: " + method, method)
            : new TlException("no such constructor here: " + hex, null);
    }

    /// <exception cref="TlException">The name is not in the schema.</exception>
    public TlCombinator ByName(string name) =>
        _byName.TryGetValue(name, out var found) ? found : throw new TlException("the schema has no " + name);

    private static string Resource(string name)
    {
        using var stream = typeof(TlSchema).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private void Add(string line, bool isMethod)
    {
        var words = line.Split(' ');
        var head = words[0].Split('#');
        var fields = words[1..^2].Select(ReadField).ToArray();
        var combinator = new TlCombinator(head[0], uint.Parse(head[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), fields, isMethod);
        _byId.Add(combinator.Id, combinator);
        _byName.Add(combinator.Name, combinator);
    }

    private static TlField ReadField(string word)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var type = word[(colon + 1)..];
        var question = type.IndexOf('?', StringComparison.Ordinal);
        if (question < 0)
            return new TlField(word[..colon], TlType.Parse(type), null, 0);
        var flag = type[..question].Split('.');
        return new TlField(word[..colon], TlType.Parse(type[(question + 1)..]), flag[0], int.Parse(flag[1], CultureInfo.InvariantCulture));
    }
}
