using EdgeProxy.Commands;

namespace EdgeProxy.Tests.Admin;

public sealed class MtprotoCommandTests
{
    [Fact]
    public async Task An_account_is_logged_in_step_by_step_and_a_wrong_code_is_asked_for_again()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Logins = new Queue<string>(["""{"state":"code_sent","code_via":"app"}""", "", """{"state":"password_needed"}""", """{"state":"ready"}"""]);
        (int code, string text, string errors) = await RunAsync(rig, "+380501234567\n11111\n12345\nhunter2\n", "login", "ops");
        Assert.Equal((ExitCode.Ok, "ops is logged in\n"), (code, text));
        Assert.Contains("Code (sent by app): ", errors, StringComparison.Ordinal);
        Assert.Contains("PHONE_CODE_INVALID", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_are_listed_imported_exported_and_revoked()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        Assert.Equal((ExitCode.Ok, "ops is imported: user 1\n", "Session: "), await RunAsync(rig, "1ApWap\n", "import", "ops"));
        Assert.Equal((ExitCode.Ok, "1secret\n", ""), await RunAsync(rig, "", "export", "ops"));
        Assert.Equal((ExitCode.Ok, "ops is logged out and deleted\n", ""), await RunAsync(rig, "", "revoke", "ops"));
        Assert.Equal(ExitCode.Ok, (await RunAsync(rig, "", "accounts")).Code);
        Assert.Equal(ExitCode.Misconfigured, (await RunAsync(rig, "", "delete", "ops")).Code);
        await rig.Sidecar.StopAsync();
        (int code, _, string errors) = await RunAsync(rig, "", "accounts");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("cannot be reached", errors, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(AdminRig rig, string input, params string[] words)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        using var api = new ApiConnection(rig.Root, "admin-key");
        int code = await new MtprotoCommand(api, new SecretLine(new StringReader(input), errors), output, errors).RunAsync(words);
        return (code, output.ToString(), errors.ToString());
    }
}
