using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EdgeProxy.EndToEnd.Harness;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>Accounts: how they come, what is refused, and that nothing of them is left lying about.</summary>
public sealed class AccountTests
{
    private const string Code = "73519";
    private const string Password = "correct horse of the tests";

    [Fact]
    public async Task An_account_logs_in_with_code_and_password_on_the_command_line()
    {
        await using var rig = await MtprotoRig.StartAsync("Debug");
        await rig.ControlAsync("POST", "/accounts", new { phone = MtprotoRig.Phone, code = Code, password = Password });
        var login = await CommandAsync(rig, $"{MtprotoRig.Phone}\n00000\n{Code}\nwrong\n{Password}\n", "login", MtprotoRig.Account);
        Assert.True(login.ExitCode == 0 && login.Output.Contains("main is logged in", StringComparison.Ordinal), login.ToString());

        var list = await CommandAsync(rig, "", "accounts");
        Assert.Contains("ready", list.Output, StringComparison.Ordinal);
        MtprotoRig.AssertDone(await rig.JobAsync("POST", "groups", new { title = "First" }));

        // The session that leaves is one that comes in.
        var export = await CommandAsync(rig, "", "export", MtprotoRig.Account);
        var session = export.Output.Trim();
        Assert.True(session.Length > 300 && session[0] == '1', export.Error);
        await rig.RestartKilledAsync();
        MtprotoRig.AssertDone(await rig.JobAsync("POST", "groups", new { title = "Second" }));
        Assert.Equal(200, (await rig.Api.CallAsync("DELETE", "accounts/main")).Status);
        var import = await CommandAsync(rig, session + "\n", "import", MtprotoRig.Account);
        Assert.True(import.ExitCode == 0, import.ToString());
        MtprotoRig.AssertDone(await rig.JobAsync("POST", "groups", new { title = "Third" }));
        Assert.Equal(3, (await rig.ControlAsync("GET", "/state")).GetProperty("groups").GetInt32());

        await KillAndAssertNowhereAsync(rig, [MtprotoRig.Phone.TrimStart('+'), Code, Password, .. SecretsOf(session)], login, list, import);
        await rig.Proxy.StartAsync();
        await rig.UntilSidecarAsync();
        var revoke = await CommandAsync(rig, "", "revoke", MtprotoRig.Account);
        Assert.True(revoke.ExitCode == 0, revoke.ToString());
        Assert.Equal(0, (await rig.ControlAsync("GET", "/state")).GetProperty("authorized_keys").GetInt32());
    }

    [Fact]
    public async Task A_session_string_that_is_none_is_refused_with_the_reason_and_without_the_string()
    {
        await using var rig = await MtprotoRig.StartAsync("Debug");
        var good = await rig.NewSessionAsync(MtprotoRig.Phone);
        var bytes = Convert.FromBase64String(good[1..].Replace('-', '+').Replace('_', '/'));
        (string Session, string Reason)[] bad =
        [
            (good[..200], "cut off"),
            ("2" + good[1..], "version 1"),
            (Write(bytes[..^1]), "262 bytes"),
            (Write([.. bytes, 7]), "264 bytes"),
            (good.Replace(good[50], '!'), "character"),
            (Write([9, .. bytes[1..]]), "data centre 9"),
            (Write([.. bytes[..7], .. new byte[256]]), "zeros"),
        ];
        foreach (var (session, reason) in bad)
        {
            var reply = await rig.Api.PostAsync("accounts", new { name = MtprotoRig.Account, session });
            var text = reply.Body.ToString();
            Assert.True(reply.Status is 400 or 422 && text.Contains(reason, StringComparison.Ordinal), $"{reason}: {reply.Status} {text}");
            Assert.DoesNotContain(session[20..60], text, StringComparison.Ordinal);
        }

        // Well-formed, but Telegram does not know it.
        await rig.ControlAsync("POST", $"/revoke?phone={Uri.EscapeDataString(MtprotoRig.Phone)}");
        var revoked = await rig.Api.PostAsync("accounts", new { name = MtprotoRig.Account, session = good });
        Assert.True(revoked.Status is >= 400 and < 500, $"{revoked.Status} {revoked.Body}");
        Assert.Equal(0, (await rig.Api.CallAsync("GET", "accounts")).Body.GetProperty("accounts").GetArrayLength());
        await KillAndAssertNowhereAsync(rig, SecretsOf(good));
    }

    [Fact]
    public async Task A_stolen_state_folder_does_not_open_without_its_key()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        MtprotoRig.AssertDone(await rig.JobAsync("POST", "groups", new { title = "Ours" }));
        Assert.Equal(0, await rig.Proxy.StopAsync(TimeSpan.FromSeconds(30)));
        var key = File.ReadAllText(rig.KeyFile);
        File.WriteAllText(rig.KeyFile, new string('a', 64));
        rig.Proxy.Launch();
        await rig.UntilAsync(() => Task.FromResult(rig.Proxy.Log.Contains("exit code 3", StringComparison.Ordinal)), "the refusal");
        Assert.NotEqual(200, (await rig.Api.CallAsync("GET", "accounts")).Status);

        // With it nothing was lost.
        rig.Proxy.Kill();
        File.WriteAllText(rig.KeyFile, key);
        await rig.Proxy.StartAsync();
        await rig.UntilSidecarAsync();
        MtprotoRig.AssertDone(await rig.JobAsync("POST", "groups", new { title = "Still ours" }));
    }

    private static async Task<ToolResult> CommandAsync(MtprotoRig rig, string input, params string[] words)
    {
        var start = new ProcessStartInfo(Binary.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in (string[])["mtproto", .. words])
            start.ArgumentList.Add(word);
        start.Environment["EDGE_API_URL"] = rig.Proxy.BaseAddress.AbsoluteUri;
        start.Environment["EDGE_API_KEY"] = OutboxProxy.Key;
        using var command = Process.Start(start)!;
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var output = command.StandardOutput.ReadToEndAsync(late.Token);
        var error = command.StandardError.ReadToEndAsync(late.Token);
        try
        {
            await command.StandardInput.WriteAsync(input);
            command.StandardInput.Close();
            await command.WaitForExitAsync(late.Token);
            return new ToolResult(command.ExitCode, await output, await error);
        }
        finally
        {
            if (!command.HasExited)
                command.Kill();
        }
    }

    private static string Write(byte[] bytes) => "1" + Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');

    /// <summary>The session and its key, as text and as they might be written down otherwise.</summary>
    private static List<string> SecretsOf(string session)
    {
        var key = Convert.FromBase64String(session[1..].Replace('-', '+').Replace('_', '/'))[^256..];
        return [session[40..80], Convert.ToHexStringLower(key)[..40], Convert.ToBase64String(key)[..40], Encoding.Latin1.GetString(key)[..24]];
    }

    /// <summary>None of them in the log, in an answer of the command line, or in a file of ours as kill -9 leaves it.</summary>
    private static async Task KillAndAssertNowhereAsync(MtprotoRig rig, IReadOnlyList<string> secrets, params ToolResult[] said)
    {
        await rig.KillAsync();
        var places = new List<(string Name, string Text)> { ("the log", rig.Proxy.Log) };
        Assert.Contains("listening", rig.Proxy.Log, StringComparison.Ordinal);
        places.AddRange(said.Select(result => ("a command", result.Output + result.Error)));
        foreach (var file in Directory.EnumerateFiles(rig.DataDir, "*", SearchOption.AllDirectories))
        {
            // A socket has no bytes to look at, and does not open.
            if (file.EndsWith(".sock", StringComparison.Ordinal))
                continue;
            places.Add((Path.GetFileName(file), Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        }

        Assert.Contains(places, place => place.Name == "key.check");
        Assert.Contains(places, place => place.Name.EndsWith("-wal", StringComparison.Ordinal) || place.Name.EndsWith(".db", StringComparison.Ordinal));
        foreach (var (name, text) in places)
        {
            for (var i = 0; i < secrets.Count; i++)
                Assert.False(text.Contains(secrets[i], StringComparison.Ordinal), $"secret {i} stands in {name}");
        }
    }
}
