using System.Text.RegularExpressions;

namespace EdgeProxy.Tests.Tidy;

/// <summary>What the style asks of the text itself. Words that are banned are put together here, so that this file may name them.</summary>
public sealed class TidyTests
{
    private const int FileLinesMax = 400;
    private const int LineColumnsMax = 160;
    private const int MethodLinesMax = 70;

    private static readonly string[] Code = [".cs", ".sh", ".mjs", ".js"];
    private static readonly string[] Text = [.. Code, ".md", ".json", ".props", ".csproj", ".sln", ".yml", ".yaml", "Dockerfile", "run"];
    private static readonly string[] BannedFolders = ["Common", "Core", "Utils", "Util", "Helpers", "Services", "Managers", "Misc"];

    [Fact]
    public void No_file_is_longer_than_a_sitting() =>
        None(SourceTree.Files("", Code), (file, lines) => lines.Length > FileLinesMax ? [$"{lines.Length} lines"] : []);

    [Fact]
    public void No_line_is_wider_than_the_page() =>
        None(SourceTree.Files("", Code), (_, lines) => Numbered(lines, line => line.Length > LineColumnsMax, line => $"{line.Length} columns"));

    [Fact]
    public void No_method_is_longer_than_a_screen() =>
        None(SourceTree.Files("", ".cs"), (_, lines) => MethodLengths.Read(string.Join('\n', lines))
            .Where(member => member.Lines > MethodLinesMax)
            .Select(member => $"{member.Line}: {member.Lines} lines: {member.Head.Split('\n')[0]}"));

    /// <summary>The runner knows IDisposable and IAsyncLifetime only: what another one starts, it never ends.</summary>
    [Fact]
    public void No_test_class_waits_for_an_end_that_nobody_calls()
    {
        IEnumerable<Type> tests = typeof(TidyTests).Assembly.GetTypes()
            .Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true)));
        Assert.DoesNotContain(tests, type => type.IsAssignableTo(typeof(IAsyncDisposable)) && !type.IsAssignableTo(typeof(IAsyncLifetime)));
    }

    [Fact]
    public void Nothing_is_left_for_later()
    {
        var later = new Regex($@"\b({"TO" + "DO"}|{"FIX" + "ME"}|{"HA" + "CK"}|{"NotImplemented" + "Exception"})\b");
        None(SourceTree.Files("", Text), (_, lines) => Numbered(lines, later.IsMatch, line => line.Trim()));
    }

    [Fact]
    public void No_machine_path_and_no_registry_is_named()
    {
        string[] names =
        [
            "/" + "work/", "nuget" + ".org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org", "pypi" + ".org", "crates" + ".io",
            "registry." + "yarnpkg", "\"resol" + "ved\":",
        ];
        None(
            SourceTree.Files("", Text),
            (_, lines) => Numbered(lines, line => names.Any(name => line.Contains(name, StringComparison.Ordinal)), line => line.Trim()));
    }

    [Fact]
    public void No_folder_is_a_drawer()
    {
        var drawers = SourceTree.Folders("").Where(folder => BannedFolders.Contains(Path.GetFileName(folder))).Select(SourceTree.Relative);
        Assert.Empty(drawers);
    }

    [Fact]
    public void No_type_is_named_after_nothing()
    {
        var empty = new Regex(@"^[^/""]*\b(class|struct|record|interface|enum)\s+(class\s+|struct\s+)?\w*(Manager|Helper|Util|Utils|Service)s?\b");
        None(SourceTree.Files("", ".cs"), (_, lines) => Numbered(lines, empty.IsMatch, line => line.Trim()));
    }

    [Fact]
    public void The_method_counter_counts()
    {
        var members = MethodLengths.Read(
            """
            namespace A;

            internal sealed class B<T> where T : class
            {
                private static readonly int[] Data = new[]
                {
                    1,
                };

                // { a brace in a comment
                public int C(int x = 3)
                {
                    if (x > 2) { return '{'; }
                    return "}}".Length;
                }

                public int D => Data switch
                {
                    _ => 1,
                };
            }
            """);
        Assert.Equal([(11, 5), (17, 4)], members.Select(member => (member.Line, member.Lines)));
    }

    private static void None(IEnumerable<string> files, Func<string, string[], IEnumerable<string>> findings)
    {
        var found = new List<string>();
        foreach (var file in files)
        {
            foreach (var finding in findings(file, File.ReadAllLines(file)))
                found.Add($"{SourceTree.Relative(file)}: {finding}");
        }

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    private static IEnumerable<string> Numbered(string[] lines, Func<string, bool> wrong, Func<string, string> say)
    {
        for (var index = 0; index < lines.Length; index++)
        {
            if (wrong(lines[index]))
                yield return $"{index + 1}: {say(lines[index])}";
        }
    }
}
