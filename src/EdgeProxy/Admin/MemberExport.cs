using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// One export. For each page: 1. it is asked for; 2. who was not seen yet gets a line; 3. the plan behind it is on disk; 4. the lines and their cursor
/// go out, as fast as the caller reads.
/// </summary>
internal sealed class MemberExport(SidecarClient client, ExportStore store, string account, string chat, TimeProvider time)
{
    private const int Tries = 5;

    /// <summary>Null when the answer has begun; else what is in its way.</summary>
    public async Task<Problem?> SendAsync(HttpContext context, ExportState state, CancellationToken end)
    {
        while (!state.Plan.IsDone && state.Seen.Count < Limits.AdminMembersMax)
        {
            // 1.
            SidecarReply reply = await AskAsync(state.Plan, end);
            if (reply.Outcome != SidecarOutcome.Ok)
            {
                if (!context.Response.HasStarted) return await AdminBody.RelayAsync(context, reply);
                await WriteAsync(context, ErrorLine(reply, state), end);
                return null;
            }

            // 2.
            var lines = new StringBuilder();
            (ExportState next, List<long> added) = Take(reply, state, lines);

            // 3.
            await store.SaveAsync(next, account, chat, added);

            // 4.
            state = next;
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = "application/x-ndjson";
                context.Response.Headers.CacheControl = "no-store";
            }

            lines.Append("{\"cursor\":\"").Append(state.Cursor).Append("\"}\n");
            await WriteAsync(context, lines.ToString(), end);
        }

        if (!context.Response.HasStarted) context.Response.ContentType = "application/x-ndjson";
        await WriteAsync(context, AdminJson.Text(json => WriteEnd(json, state)) + "\n", end);
        return null;
    }

    private async Task<SidecarReply> AskAsync(ExportPlan plan, CancellationToken end)
    {
        string query = string.Create(
            CultureInfo.InvariantCulture, $"?filter=search&q={Uri.EscapeDataString(plan.Prefixes[0])}&offset={plan.Offset}&limit={Limits.AdminMembersPage}");
        for (int attempt = 1; ; attempt++)
        {
            SidecarReply reply = await client.GetAsync(SidecarPath.Chat(account, chat) + "/members" + query, end);
            if (reply.Outcome is SidecarOutcome.Ok or SidecarOutcome.Refused) return reply;
            // A flood wait is no failure, but a long one is the caller's to sit out. Asking is repeatable, whatever became of it.
            bool isFlood = reply.Outcome == SidecarOutcome.FloodWait;
            if ((!isFlood && attempt >= Tries) || reply.RetryAfterMs > Limits.AdminExportWaitMs) return reply;
            if (isFlood) attempt--;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(Limits.AdminRetryMs, reply.RetryAfterMs)), time, end);
        }
    }

    private static (ExportState Next, List<long> Added) Take(SidecarReply reply, ExportState state, StringBuilder lines)
    {
        using JsonDocument page = JsonDocument.Parse(reply.Body);
        var added = new List<long>();
        var behind = new List<char>();
        foreach (JsonElement member in page.RootElement.GetProperty("members").EnumerateArray())
        {
            JsonElement user = member.GetProperty("user");
            behind.AddRange(state.Plan.BehindIn(Text(user, "first_name"), Text(user, "last_name"), Text(user, "username")));
            long id = user.GetProperty("user_id").GetInt64();
            if (!state.Seen.Add(id)) continue;
            added.Add(id);
            lines.Append(member.GetRawText()).Append('\n');
        }

        JsonElement next = page.RootElement.GetProperty("next_offset");
        long? offset = next.ValueKind == JsonValueKind.Number ? next.GetInt64() : null;
        ExportPlan plan = state.Plan.After(page.RootElement.GetProperty("total").GetInt64(), behind, offset);
        return (state with { Page = state.Page + 1, Plan = plan }, added);
    }

    private static string? Text(JsonElement user, string name) =>
        user.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static void WriteEnd(Utf8JsonWriter json, ExportState state)
    {
        json.WriteBoolean("end", true);
        json.WriteNumber("members", state.Seen.Count);
        json.WriteNumber("total", state.Plan.Total);
        // Telegram's search may hide people whose names begin with nothing that can be asked for.
        json.WriteBoolean("complete", state.Plan.IsDone && state.Seen.Count >= state.Plan.Total);
    }

    private static string ErrorLine(SidecarReply reply, ExportState state) => AdminJson.Text(json =>
    {
        json.WritePropertyName("error");
        if (reply.Body.IsEmpty) json.WriteStringValue("the MTProto process gave no answer");
        else json.WriteRawValue(reply.Body.Span);
        if (reply.RetryAfterMs > 0) json.WriteNumber("retry_after_s", (reply.RetryAfterMs + 999) / 1000);
        json.WriteString("cursor", state.Cursor);
    }) + "\n";

    private static async Task WriteAsync(HttpContext context, string lines, CancellationToken end)
    {
        await context.Response.WriteAsync(lines, Encoding.UTF8, end);
        await context.Response.Body.FlushAsync(end);
    }
}
