using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>
/// Compares what our outbox says of every letter with what the fake Telegram recorded: its sends, and what it did with every call.
/// A letter may be unknown when its connection was cut, or when a kill came while a call of it was under way.
/// </summary>
internal sealed partial class OutboxJudge(FakeTelegram telegram, IReadOnlyCollection<CallTrace> traces, IReadOnlyList<long> killsUnixMs)
{
    /// <summary>
    /// A call is under way for some milliseconds. When nothing happened to a letter for this long before a kill, it was not: it waited, and a letter
    /// that waits is in no doubt. Generous, because a disk that others use too may hold up a commit.
    /// </summary>
    private const long UnderWayMsMax = 1_000;

    private readonly ILookup<string, SendRecord> _sends = telegram.Sends.Snapshot().ToLookup(send => send.Text);
    private readonly ILookup<string, CallTrace> _traces = traces.ToLookup(trace => trace.Text);

    /// <summary>Judges <paramref name="letters"/>; the messages are read through the API.</summary>
    public async Task<OutboxCounts> JudgeAsync(OutboxClient client, IReadOnlyCollection<Letter> letters, IReadOnlyDictionary<string, string> ids)
    {
        var counts = new OutboxCounts();
        var messages = (await client.ListAsync("")).ToLookup(message => message.GetProperty("idempotency_key").GetString()!);
        foreach (var letter in letters)
        {
            var found = messages[letter.Marker].ToList();
            if (found.Count != 1 || !ids.TryGetValue(letter.Marker, out var id) || found[0].GetProperty("id").GetString() != id)
            {
                counts.Lost.Add($"{letter.Marker}: accepted as {ids.GetValueOrDefault(letter.Marker)}, {found.Count} in the list");
                continue;
            }

            var whole = await client.GetAsync("/v1/messages/" + id);
            JudgeOne(counts, letter, whole.Body);
        }

        JudgeOrder(counts, letters);
        return counts;
    }

    private void JudgeOne(OutboxCounts counts, Letter letter, JsonElement message)
    {
        var state = message.GetProperty("status").GetString()!;
        var sends = _sends[letter.Marker].ToList();
        counts.ByState[state] = counts.Of(state) + 1;
        counts.Sends += sends.Count;
        counts.AtTelegram += sends.Count > 0 ? 1 : 0;
        if (sends.Count > 1 && !letter.MayRepeat)
            counts.Twice.Add($"{letter.Marker}: {sends.Count} sends, {Story(letter, message)}");
        switch (state)
        {
            case "sent":
                var told = message.GetProperty("message_id").GetInt64();
                if (sends.All(send => send.MessageId != told || send.ChatId != letter.Chat))
                    counts.Lies.Add($"{letter.Marker}: told to be sent as {told}, {Story(letter, message)}");
                break;
            case "failed":
                if (sends.Count > 0)
                    counts.Lies.Add($"{letter.Marker}: told to have failed and was sent, {Story(letter, message)}");
                break;
            case "unknown":
                JudgeDoubt(counts, letter, message, sends.Count > 0);
                break;
            default:
                counts.Open.Add($"{letter.Marker}: {Story(letter, message)}");
                break;
        }
    }

    private void JudgeDoubt(OutboxCounts counts, Letter letter, JsonElement message, bool isSent)
    {
        var attempts = message.GetProperty("attempts").EnumerateArray().ToList();
        var doubt = attempts.LastOrDefault(attempt => Outcome(attempt) is "recovered" or "unknown");
        var isKill = doubt.ValueKind == JsonValueKind.Object && Outcome(doubt) == "recovered";
        counts.UnknownKilled += isKill ? 1 : 0;
        counts.UnknownKilledSent += isKill && isSent ? 1 : 0;
        counts.UnknownCut += isKill ? 0 : 1;
        counts.UnknownCutSent += !isKill && isSent ? 1 : 0;
        var isDoubt = isKill ? IsKillDoubt(letter, doubt) : _traces[letter.Marker].Any(IsCut);

        // One that may be repeated is, until an attempt ends without a doubt; a refusal does not end an earlier doubt.
        var isAtTheEnd = Outcome(attempts[^1]) is "recovered" or "unknown";
        if (!isDoubt || isAtTheEnd == letter.MayRepeat)
            counts.WithoutDoubt.Add($"{letter.Marker}: {Story(letter, message)}");
    }

    private static string Outcome(JsonElement attempt) => attempt.GetProperty("outcome").GetString()!;

    private static bool IsCut(CallTrace trace) => trace is { Fault: not null, Status: 0 };

    /// <summary>A call was under way when the process was killed: it began, or something happened to it, a moment before.</summary>
    private bool IsKillDoubt(Letter letter, JsonElement recovered)
    {
        var detail = recovered.GetProperty("detail").GetString()!;
        var began = UnixMs(Began().Match(detail).Value);
        var settledAt = UnixMs(recovered.GetProperty("at").GetString()!);
        var killedAt = killsUnixMs.Where(kill => kill >= began && kill <= settledAt).DefaultIfEmpty(-1).First();
        if (killedAt < 0)
            return false;
        var last = _traces[letter.Marker].Select(trace => trace.AtUnixMs).Where(at => at >= began && at <= killedAt).DefaultIfEmpty(began).Max();
        return killedAt - last <= UnderWayMsMax;
    }

    /// <summary>
    /// Letters of a chat that went at once must arrive in the order in which they were posted. A letter that may be repeated may come again, but
    /// not after a later one.
    /// </summary>
    private void JudgeOrder(OutboxCounts counts, IReadOnlyCollection<Letter> letters)
    {
        var places = letters.Where(letter => !letter.Scheduled).Select((letter, place) => (letter.Marker, place)).ToDictionary();
        foreach (var chat in telegram.Sends.Snapshot().Where(send => places.ContainsKey(send.Text)).GroupBy(send => (send.BotId, send.ChatId)))
        {
            SendRecord? before = null;
            foreach (var send in chat)
            {
                if (before is not null && places[before.Text] > places[send.Text])
                    counts.OutOfOrder.Add($"bot {send.BotId}, chat {send.ChatId}: {before.Text} before {send.Text}");
                before = send;
            }
        }
    }

    private string Story(Letter letter, JsonElement message) =>
        $"{message.GetRawText()} | Telegram: {string.Join(", ", _traces[letter.Marker].Select(Tell))}";

    private static string Tell(CallTrace trace) =>
        $"{DateTimeOffset.FromUnixTimeMilliseconds(trace.AtUnixMs):HH:mm:ss.fff} {trace.Fault?.ToString() ?? "answered"} {trace.Status}";

    private static long UnixMs(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[0-9:.]+Z")]
    private static partial Regex Began();
}
