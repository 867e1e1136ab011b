using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Creates a group exactly once. Telegram takes no id with it, so a creation whose answer was lost is looked for before it is tried again:
/// 1. the step is begun, with the time, on disk;
/// 2. the call; an answer ends the step, a refusal too;
/// 3. when nobody knows, or a crash left no result: an own group with that title, made since the first try and not by another job, is the result;
/// 4. when none is there, once more after <see cref="Limits.AdminLookAgainMs"/>, for what was under way may still arrive;
/// 5. then it was not made: from 1, the time of the first try kept.
/// The memo is the time of the first try, Unix ms, and how often was looked since the last call: "1780000000000 1".
/// </summary>
internal sealed class GroupCreation(AdminStore store, SidecarClient client, TimeProvider time)
{
    public async Task<StepEnd> RunAsync(AdminJob job, AdminStep step, string input, CancellationToken stop)
    {
        (long sinceUnixMs, int looks) = Read(step.Memo);
        if (step.State == StepState.Begun)
        {
            // 3. and 4.
            if (await LookAsync(job, step.Target, sinceUnixMs, looks, stop) is { } settled) return settled;
        }

        // 1.
        if (sinceUnixMs == 0) sinceUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        await store.BeginAsync(job.Id, step.Number, Memo(sinceUnixMs, 0));

        // 2.
        SidecarReply reply = await client.CallAsync(HttpMethod.Post, SidecarPath.Chats(job.Account), Encoding.UTF8.GetBytes(input), stop);
        StepEnd end = StepEnd.Of(reply);
        if (end.Verdict != StepVerdict.Done) return end;
        return reply.Number("chat_id") is { } chat ? end with { Chat = Text(chat) } : new StepEnd(StepVerdict.Unknown, null);
    }

    /// <summary>The end of the step as far as the look tells; null when it is to be created again.</summary>
    private async Task<StepEnd?> LookAsync(AdminJob job, string title, long sinceUnixMs, int looks, CancellationToken stop)
    {
        string since = DateTimeOffset.FromUnixTimeMilliseconds(sinceUnixMs).ToString("O", CultureInfo.InvariantCulture);
        string query = $"?title={Uri.EscapeDataString(title)}&created_since={Uri.EscapeDataString(since)}";
        SidecarReply reply = await client.GetAsync(SidecarPath.Chats(job.Account) + query, stop);
        // A look that failed says nothing of the group: the step stays begun.
        if (reply.Outcome != SidecarOutcome.Ok)
        {
            StepEnd failed = StepEnd.Of(reply);
            return failed.Verdict == StepVerdict.Failed ? failed : failed with { Verdict = StepVerdict.Unknown };
        }

        using JsonDocument found = JsonDocument.Parse(reply.Body);
        foreach (JsonElement group in found.RootElement.GetProperty("chats").EnumerateArray())
        {
            string chat = Text(group.GetProperty("chat_id").GetInt64());
            if (await store.IsOfOtherJobAsync(chat, job.Id)) continue;
            return new StepEnd(StepVerdict.Done, group.GetRawText()) { Chat = chat };
        }

        if (!found.RootElement.GetProperty("complete").GetBoolean())
        {
            const string Error =
                """{"code":"outcome_unknown","title":"nobody knows whether the group was created","detail":"the account has too many newer chats to tell"}""";
            return new StepEnd(StepVerdict.Failed, Error);
        }

        if (looks > 0) return null;
        return new StepEnd(StepVerdict.Unknown, null) { Memo = Memo(sinceUnixMs, looks + 1), RetryAfterMs = Limits.AdminLookAgainMs };
    }

    private static (long SinceUnixMs, int Looks) Read(string? memo)
    {
        if (memo is null) return (0, 0);
        string[] words = memo.Split(' ');
        return (long.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static string Memo(long sinceUnixMs, int looks) => string.Create(CultureInfo.InvariantCulture, $"{sinceUnixMs} {looks}");

    private static string Text(long chat) => chat.ToString(CultureInfo.InvariantCulture);
}
