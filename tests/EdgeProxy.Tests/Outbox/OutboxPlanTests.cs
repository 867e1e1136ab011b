using System.Reflection;
using EdgeProxy.Outbox;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Tests.Outbox;

/// <summary>No query of the engine may walk a whole table: with 10 million messages that would be minutes.</summary>
public sealed class OutboxPlanTests
{
    // Walks of the primary key from a place onwards show as SEARCH … rowid>?; the newest broadcasts are few and read until the limit.
    // CallbackColumns is the beginning of two others.
    private static readonly string[] MayWalk = ["NewestBroadcasts", "CallbackColumns"];

    public static TheoryData<string, string> Queries()
    {
        TheoryData<string, string> found = [];
        foreach (Type type in new[] { typeof(SqliteOutbox), typeof(OutboxTransaction), typeof(MessageRow), typeof(MessageClock) })
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
            {
                if (!field.IsLiteral || field.GetRawConstantValue() is not string text || MayWalk.Contains(field.Name)) continue;
                if (text.StartsWith("SELECT ", StringComparison.Ordinal) && text.Contains(" WHERE ", StringComparison.Ordinal)) found.Add(field.Name, text);
                if (text.StartsWith("UPDATE ", StringComparison.Ordinal)) found.Add(field.Name, text);
            }
        }

        found.Add("state = 1", "SELECT id FROM outbox_message WHERE state = 1");
        found.Add("key", "SELECT id, state, request_hash FROM outbox_message WHERE idem_hash = ?1 AND bot = ?2 AND idem_key = ?3");
        found.Add("broadcast key", "SELECT id, request_hash FROM outbox_broadcast WHERE idem_hash = ?1 AND bot = ?2 AND idem_key = ?3");
        found.Add("recipient", "SELECT 1 FROM outbox_message WHERE broadcast > 0 AND broadcast = ?1 AND chat = ?2");
        found.Add("uploads", "SELECT path FROM outbox_upload WHERE message = ?1");
        found.Add("call-backs of a message", "DELETE FROM outbox_callback WHERE message = ?1");
        found.Add("loading", "SELECT id FROM outbox_broadcast WHERE state < 3 AND state = 0 AND id < ?1");
        return found;
    }

    [Theory]
    [InlineData("NextLane", "outbox_ready (queue=? AND lane>?)")]
    [InlineData("LaneHead", "outbox_ready (queue=? AND lane=?)")]
    [InlineData("NextRecipients", "outbox_ready (queue=? AND lane=? AND rowid>?)")]
    [InlineData("FirstQueue", "outbox_ready (queue>?)")]
    [InlineData("LaterDue", "outbox_later (not_before<?)")]
    [InlineData("Expiring", "outbox_expiring (expires_at>? AND expires_at<?)")]
    [InlineData("SweptMessages", "outbox_ready (queue=?)")]
    [InlineData("ByState", "outbox_trouble (state=? AND rowid>? AND rowid<?)")]
    [InlineData("BySending", "outbox_sending (state=? AND rowid>? AND rowid<?)")]
    [InlineData("RestOver", "outbox_rest_until (until<?)")]
    [InlineData("RunningBroadcasts", "outbox_broadcast_live (state=?)")]
    [InlineData("Swept", "outbox_broadcast_sweep (sweep=?)")]
    [InlineData("DueCallbacks", "outbox_callback_due (due<?)")]
    public async Task The_hot_ones_enter_where_they_should(string name, string index)
    {
        await using SqliteRig rig = new();
        string sql = (string)Queries().First(row => (string)row[0] == name)[1];
        Assert.Contains(index, Plan(rig, sql), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Every_query_enters_by_an_index_and_sorts_nothing(string name, string sql)
    {
        await using SqliteRig rig = new();
        string plan = Plan(rig, sql);
        Assert.False(plan.Contains("SCAN", StringComparison.Ordinal), $"{name}: {plan}");
        Assert.False(plan.Contains("TEMP B-TREE", StringComparison.Ordinal), $"{name}: {plan}");
        Assert.NotEqual("", plan);
    }

    [Fact]
    public void The_queries_of_dispatching_are_among_them()
    {
        HashSet<string> names = [.. Queries().Select(row => (string)row[0])];
        Assert.Superset(
            new HashSet<string> { "NextLane", "LaneHead", "NextRecipients", "FirstQueue", "LaterDue", "Expiring", "SweptMessages", "ReadyScan", "Slice" },
            names);
    }

    private static string Plan(SqliteRig rig, string sql) => rig.State.Read(database =>
    {
        SqliteStatement rows = database.Prepare("EXPLAIN QUERY PLAN " + sql);
        List<string> lines = [];
        while (rows.Step()) lines.Add(rows.Text(3) ?? "");
        return string.Join("\n", lines);
    });
}
