namespace EdgeProxy.BotApi;

/// <summary>
/// The parts of a path /bot&lt;token&gt;/&lt;method&gt;, /bot&lt;token&gt;/test/&lt;method&gt; or /file/bot&lt;token&gt;/&lt;path&gt;.
/// </summary>
/// <param name="token">As written; may be empty or anything.</param>
/// <param name="name">The method, or the file's path; not empty.</param>
/// <param name="test">Of the test environment.</param>
internal readonly ref struct CallPath(ReadOnlySpan<char> token, ReadOnlySpan<char> name, bool test)
{
    private const string CallPrefix = "/bot";
    private const string FilePrefix = "/file/bot";

    public ReadOnlySpan<char> Token { get; } = token;
    public ReadOnlySpan<char> Name { get; } = name;
    public bool Test { get; } = test;

    public static bool IsCall(string path) => path.StartsWith(CallPrefix, StringComparison.Ordinal);

    public static bool IsFile(string path) => path.StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>False when there is no such path: that is a 404 before anyone looks at the token.</summary>
    public static bool TryReadCall(string path, out CallPath call)
    {
        call = default;
        ReadOnlySpan<char> rest = path.AsSpan(CallPrefix.Length);
        int slash = rest.IndexOf('/');
        if (slash < 0) return false;
        ReadOnlySpan<char> name = rest[(slash + 1)..];
        int second = name.IndexOf('/');
        bool test = second >= 0 && name[..second].SequenceEqual("test");
        if (test) name = name[(second + 1)..];
        if (name.IsEmpty || name.Contains('/')) return false;
        call = new CallPath(rest[..slash], name, test);
        return true;
    }

    /// <summary>False when no path follows the token.</summary>
    public static bool TryReadFile(string path, out CallPath file)
    {
        file = default;
        ReadOnlySpan<char> rest = path.AsSpan(FilePrefix.Length);
        int slash = rest.IndexOf('/');
        if (slash < 0) return false;
        file = new CallPath(rest[..slash], rest[(slash + 1)..], false);
        return true;
    }
}
