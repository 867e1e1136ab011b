using System.Text;
using System.Text.Json;

namespace EdgeProxy.Commands;

/// <summary>
/// `edgeproxy mtproto …`: accounts, from the command line, against the process that runs. Sessions, codes and passwords are asked for and never taken
/// from the words, which stand in the shell's history and in ps.
/// </summary>
internal sealed class MtprotoCommand(ApiConnection api, SecretLine terminal, TextWriter output, TextWriter errors)
{
    public const string Usage = """
        edgeproxy mtproto: the accounts that act over MTProto.

          edgeproxy mtproto accounts         every account and its state
          edgeproxy mtproto login NAME       log a new account in: asks for phone, code and, when there is one, the password
          edgeproxy mtproto import NAME      take a Telethon StringSession; asks for it, or reads it from standard input
          edgeproxy mtproto export NAME      print the session: whoever holds it is the user
          edgeproxy mtproto revoke NAME      log out at Telegram and delete it here

          EDGE_API_URL   where EdgeProxy runs; else the first address of ApiListen or Listen
          EDGE_API_KEY   a key with the scope admin
        """;

    private const string Accounts = "/v1/admin/accounts";
    private static readonly string[] Columns = ["name", "state", "user_id", "username", "first_name", "dc_id", "source", "created_at"];

    public static async Task<int> RunAsync(CommandLine command)
    {
        if (command.Words.Count == 0 || command.Words[0] is "help" or "--help" or "-h")
        {
            Console.WriteLine(Usage);
            return ExitCode.Ok;
        }

        using ApiConnection? api = ApiConnection.Open(command);
        if (api is null) return ExitCode.Misconfigured;
        return await new MtprotoCommand(api, new SecretLine(Console.In, Console.Error), Console.Out, Console.Error).RunAsync(command.Words);
    }

    /// <summary>Carries the words out and returns an <see cref="ExitCode"/>.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> words) => words switch
    {
        ["accounts"] => await ListAsync(),
        ["login", var name] => await LoginAsync(name),
        ["import", var name] => await ImportAsync(name),
        ["export", var name] => await ExportAsync(name),
        ["revoke", var name] => await RevokeAsync(name),
        _ => Wrong($"\"mtproto {string.Join(' ', words)}\" is not understood"),
    };

    private async Task<int> ListAsync()
    {
        if (await CallAsync(HttpMethod.Get, Accounts, null) is not { } answer) return ExitCode.Failed;
        var table = new TextTable(Columns);
        foreach (JsonElement account in answer.GetProperty("accounts").EnumerateArray()) table.Add(account);
        table.Write(output);
        return ExitCode.Ok;
    }

    private async Task<int> LoginAsync(string name)
    {
        string path = $"{Accounts}/{Uri.EscapeDataString(name)}/login";
        if (terminal.Ask("Phone, with country code: ") is not { Length: > 0 } phone) return Wrong("no phone was given");
        if (await CallAsync(HttpMethod.Post, path, Object("phone", phone)) is not { } step) return ExitCode.Failed;
        while (Text(step, "state") is { } state)
        {
            JsonElement? next;
            switch (state)
            {
                case "ready":
                    output.WriteLine($"{name} is logged in");
                    return ExitCode.Ok;
                case "password_needed":
                    string hint = Text(step, "password_hint") is { Length: > 0 } words ? $" (hint: {words})" : "";
                    if (terminal.AskHidden($"Password{hint}: ") is not { Length: > 0 } password) return Wrong("no password was given");
                    next = await CallAsync(HttpMethod.Post, path + "/password", Object("password", password));
                    break;
                default:
                    if (terminal.Ask($"Code (sent by {Text(step, "code_via") ?? "Telegram"}): ") is not { Length: > 0 } code) return Wrong("no code was given");
                    next = await CallAsync(HttpMethod.Post, path + "/code", Object("code", code));
                    break;
            }

            // A mistyped code or password is asked for again; the process and Telegram bound how often. An end of the input ends it.
            step = next ?? step;
        }

        return ExitCode.Failed;
    }

    private async Task<int> ImportAsync(string name)
    {
        if (terminal.AskHidden("Session: ") is not { Length: > 0 } session) return Wrong("no session was given");
        string body = Json(json =>
        {
            json.WriteString("name", name);
            json.WriteString("session", session);
        });
        if (await CallAsync(HttpMethod.Post, Accounts, body) is not { } account) return ExitCode.Failed;
        output.WriteLine($"{name} is imported: user {TextTable.Cell(account.GetProperty("user_id"))}");
        return ExitCode.Ok;
    }

    private async Task<int> ExportAsync(string name)
    {
        if (await CallAsync(HttpMethod.Post, $"{Accounts}/{Uri.EscapeDataString(name)}/export", "{}") is not { } answer) return ExitCode.Failed;
        output.WriteLine(Text(answer, "session"));
        return ExitCode.Ok;
    }

    private async Task<int> RevokeAsync(string name)
    {
        if (await CallAsync(HttpMethod.Post, $"{Accounts}/{Uri.EscapeDataString(name)}/revoke", "{}") is null) return ExitCode.Failed;
        output.WriteLine($"{name} is logged out and deleted");
        return ExitCode.Ok;
    }

    private async Task<JsonElement?> CallAsync(HttpMethod method, string path, string? body)
    {
        string? key = method == HttpMethod.Post ? Guid.NewGuid().ToString("N") : null;
        (JsonElement? answer, string? error) = await api.CallAsync(method, path, body, key);
        if (error is not null) errors.WriteLine("edgeproxy: " + error);
        return answer;
    }

    private int Wrong(string error)
    {
        errors.WriteLine($"edgeproxy: {error}\n\n{Usage}");
        return ExitCode.Misconfigured;
    }

    private static string Object(string name, string value) => Json(json => json.WriteString(name, value));

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string? Text(JsonElement step, string name) =>
        step.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
