using System.Globalization;
using System.Text.Json;

namespace EdgeProxy.Commands;

/// <summary>
/// `edgeproxy outbox …`: the message API from the command line, against the process that runs. Tables go to standard output, what is wrong to
/// standard error.
/// </summary>
internal sealed class OutboxCommand(ApiConnection api, TextWriter output, TextWriter errors)
{
    public const string Usage = """
        edgeproxy outbox: look messages up and decide about them.

          edgeproxy outbox list [filter] [--limit N] [--all]   messages, oldest first
          edgeproxy outbox show ID                             one message with the history of its attempts
          edgeproxy outbox cancel ID …                         withdraw queued messages
          edgeproxy outbox retry ID …                          queue failed, expired, suppressed, cancelled messages again
          edgeproxy outbox resolve sent|resend|drop ID …       end the doubt about unknown messages
          edgeproxy outbox replay --status S [filter]          queue all of them again; unknown ones with --confirm-resend
          edgeproxy outbox drop --status S [filter]            cancel queued, fail unknown, delete ended ones
          edgeproxy outbox broadcasts [--bot B]                the newest broadcasts
          edgeproxy outbox broadcasts show|pause|resume|cancel ID
          edgeproxy outbox callbacks                           status call-backs that were given up

          filter: --status S[,S] --bot B --chat C --since T --error-code N --broadcast ID
                  S: queued sending sent failed unknown cancelled expired suppressed
                  T: 2026-03-01T12:00:00Z or Unix seconds; C: a number, @name or channel:123

          EDGE_API_URL   where it runs; else the first address of ApiListen or Listen
          EDGE_API_KEY   a key with the scopes that are needed (read; send; admin for replay and drop)
        """;

    private static readonly string[] FilterNames = ["status", "bot", "chat", "since", "error-code", "broadcast"];
    private static readonly string[] MessageColumns = ["id", "status", "bot", "chat_id", "method", "updated_at", "message_id", "error_code", "error"];
    private static readonly string[] BroadcastColumns = ["id", "status", "bot", "name", "recipients", "eta_s", "created_at"];

    public static async Task<int> RunAsync(CommandLine command)
    {
        if (command.Words.Count == 0 || command.Words[0] is "help" or "--help" or "-h")
        {
            Console.WriteLine(Usage);
            return ExitCode.Ok;
        }

        using ApiConnection? api = ApiConnection.Open(command);
        if (api is null) return ExitCode.Misconfigured;
        return await new OutboxCommand(api, Console.Out, Console.Error).RunAsync(command.Words);
    }

    /// <summary>Carries the words out and returns an <see cref="ExitCode"/>.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        string[] flags = words[0] switch
        {
            "list" => ["all"],
            "replay" => ["confirm-resend"],
            _ => [],
        };
        string[] options = words[0] switch
        {
            "list" => [.. FilterNames, "limit"],
            "replay" or "drop" => FilterNames,
            "broadcasts" => ["bot", "limit"],
            _ => [],
        };
        if (OptionWords.Read(words, options, flags, out OptionWords read) is { } wrong) return Wrong(wrong);
        return words[0] switch
        {
            "list" when read.Rest.Count == 0 => await ListAsync(read),
            "show" when read.Rest.Count == 1 => await ShowAsync($"/v1/messages/{Escape(read.Rest[0])}"),
            "cancel" or "retry" when read.Rest.Count > 0 => await DecideAsync(read.Rest, words[0], "{}"),
            "resolve" when read.Rest.Count > 1 && read.Rest[0] is "sent" or "resend" or "drop" =>
                await DecideAsync([.. read.Rest.Skip(1)], "resolve", $$"""{"as":"{{read.Rest[0]}}"}"""),
            "replay" or "drop" when read.Rest.Count == 0 => await BulkAsync(words[0], read),
            "broadcasts" when read.Rest.Count == 0 => await TableAsync("/v1/broadcasts" + read.Query(), "broadcasts", BroadcastColumns),
            "broadcasts" when read.Rest.Count == 2 => await BroadcastAsync(read.Rest[0], read.Rest[1]),
            "callbacks" when read.Rest.Count == 0 => await TableAsync("/v1/callbacks/dead", "callbacks", ["id", "url", "failures"]),
            _ => Wrong($"\"outbox {string.Join(' ', words)}\" is not understood"),
        };
    }

    private async Task<int> ListAsync(OptionWords read)
    {
        var table = new TextTable(MessageColumns);
        string query = read.Query(except: "all");
        string cursor = "";
        while (true)
        {
            string path = "/v1/messages" + query + (cursor.Length == 0 ? "" : (query.Length == 0 ? "?" : "&") + "cursor=" + cursor);
            if (await CallAsync(HttpMethod.Get, path, null) is not { } page) return ExitCode.Failed;
            foreach (JsonElement message in page.GetProperty("messages").EnumerateArray()) table.Add(message);
            JsonElement next = page.GetProperty("next_cursor");
            if (next.ValueKind == JsonValueKind.Null) break;
            cursor = next.GetString()!;
            if (read.Has("all")) continue;
            table.Write(output);
            output.WriteLine("There are more: --all shows them, --limit N more of them.");
            return ExitCode.Ok;
        }

        table.Write(output);
        return ExitCode.Ok;
    }

    private async Task<int> ShowAsync(string path)
    {
        if (await CallAsync(HttpMethod.Get, path, null) is not { } shown) return ExitCode.Failed;
        foreach (JsonProperty member in shown.EnumerateObject())
        {
            if (member.Name != "attempts") output.WriteLine($"{member.Name,-18} {TextTable.Cell(member.Value)}");
        }

        if (!shown.TryGetProperty("attempts", out JsonElement attempts)) return ExitCode.Ok;
        output.WriteLine();
        var table = new TextTable(["at", "outcome", "status", "error_code", "detail"]);
        foreach (JsonElement attempt in attempts.EnumerateArray()) table.Add(attempt);
        table.Write(output);
        return ExitCode.Ok;
    }

    // All are tried; one that is refused makes the whole a failure.
    private async Task<int> DecideAsync(IReadOnlyList<string> ids, string verb, string body)
    {
        int code = ExitCode.Ok;
        foreach (string id in ids)
        {
            JsonElement? now = await CallAsync(HttpMethod.Post, $"/v1/messages/{Escape(id)}/{verb}", body);
            if (now is null) code = ExitCode.Failed;
            else output.WriteLine($"{id} {now.Value.GetProperty("status").GetString()}");
        }

        return code;
    }

    private async Task<int> BulkAsync(string verb, OptionWords read)
    {
        if (await CallAsync(HttpMethod.Post, "/v1/messages/" + verb, read.Json()) is not { } answer) return ExitCode.Failed;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer.GetProperty("changed").GetInt64()} message(s) changed"));
        return ExitCode.Ok;
    }

    private async Task<int> BroadcastAsync(string verb, string id)
    {
        string path = "/v1/broadcasts/" + Escape(id);
        if (verb == "show") return await ShowAsync(path);
        if (verb is not ("pause" or "resume" or "cancel")) return Wrong($"\"{verb}\" is none of show, pause, resume, cancel");
        if (await CallAsync(HttpMethod.Post, $"{path}/{verb}", "{}") is not { } now) return ExitCode.Failed;
        output.WriteLine($"{id} {now.GetProperty("status").GetString()}");
        return ExitCode.Ok;
    }

    private async Task<int> TableAsync(string path, string member, string[] columns)
    {
        if (await CallAsync(HttpMethod.Get, path, null) is not { } answer) return ExitCode.Failed;
        var table = new TextTable(columns);
        foreach (JsonElement row in answer.GetProperty(member).EnumerateArray()) table.Add(row);
        table.Write(output);
        return ExitCode.Ok;
    }

    private async Task<JsonElement?> CallAsync(HttpMethod method, string path, string? body)
    {
        (JsonElement? answer, string? error) = await api.CallAsync(method, path, body);
        if (error is not null) errors.WriteLine("edgeproxy: " + error);
        return answer;
    }

    private int Wrong(string error)
    {
        errors.WriteLine($"edgeproxy: {error}\n\n{Usage}");
        return ExitCode.Misconfigured;
    }

    private static string Escape(string id) => Uri.EscapeDataString(id);
}
