namespace EdgeProxy.Tests.Tidy;

public sealed class RoomArrowsTests
{
    private const string Source = "src/EdgeProxy";

    [Fact]
    public void No_room_uses_a_room_that_the_design_forbids()
    {
        var types = TypesByRoom();
        var wrong = new List<string>();
        foreach (var file in SourceTree.Files(Source, ".cs"))
        {
            foreach (var arrow in RoomArrows.Forbidden(RoomOf(file), File.ReadAllText(file), types))
                wrong.Add($"{SourceTree.Relative(file)}:{arrow}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_folder_is_a_room_of_the_table()
    {
        var unknown = SourceTree.Files(Source, ".cs").Select(RoomOf).Distinct().Where(room => !RoomArrows.HasRow(room)).ToList();
        Assert.True(unknown.Count == 0, "no row in the table for: " + string.Join(", ", unknown));
    }

    [Fact]
    public void A_file_declares_the_namespace_of_its_room()
    {
        var wrong = new List<string>();
        foreach (var file in SourceTree.Files(Source, ".cs").Where(file => RoomOf(file) != ""))
        {
            var declared = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal));
            if (declared is not null && declared != $"namespace EdgeProxy.{RoomOf(file)};")
                wrong.Add($"{SourceTree.Relative(file)}: {declared}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("Telegram", "using EdgeProxy.Journal;", 1)]
    [InlineData("Telegram", "using static EdgeProxy.Fanout.Subscription;", 1)]
    [InlineData("Telegram", "using Log = EdgeProxy.Commands.CheckCommand;", 1)]
    [InlineData("Telegram", "    private Fanout.Subscription _it;", 1)]
    [InlineData("Telegram", "    private EdgeProxy.Bots.Bot _it;", 1)]
    [InlineData("Fanout", "using EdgeProxy.Ingest;", 1)]
    [InlineData("Fanout", "using EdgeProxy.Telegram;\nusing EdgeProxy.Primitives;\nusing EdgeProxy.Sqlite;", 0)]
    [InlineData("Ingest", "// using EdgeProxy.Fanout;", 0)]
    [InlineData("Ingest", "using EdgeProxy.Sqlite;", 1)]
    [InlineData("Observability", "using EdgeProxy.Fanout;", 0)]
    [InlineData("Configuration", "using EdgeProxy.Fanout;", 0)]
    [InlineData("", "using EdgeProxy.Fanout;", 0)]
    public void The_reading_itself_tells_right_from_wrong(string room, string text, int wrong)
    {
        var types = new Dictionary<string, HashSet<string>> { ["Fanout"] = ["Subscription"], ["Bots"] = ["Bot"] };
        Assert.Equal(wrong, RoomArrows.Forbidden(room, text, types).Count);
    }

    [Fact]
    public void The_table_has_no_circle()
    {
        foreach (var room in RoomArrows.Rooms)
        {
            foreach (var used in RoomArrows.Allowed(room).Where(used => used != room))
                Assert.DoesNotContain(room, RoomArrows.Allowed(used));
        }
    }

    private static string RoomOf(string file)
    {
        var parts = Path.GetRelativePath(Path.Combine(SourceTree.Root, Source), file).Split(Path.DirectorySeparatorChar);
        return parts.Length == 1 ? "" : parts[0];
    }

    private static Dictionary<string, HashSet<string>> TypesByRoom() =>
        SourceTree.Files(Source, ".cs")
            .GroupBy(RoomOf)
            .ToDictionary(room => room.Key, room => room.Select(file => Path.GetFileName(file).Split('.')[0]).ToHashSet());
}
