using EdgeProxy.Commands;
using EdgeProxy.Outbox;

namespace EdgeProxy.Tests.Outbox.Api;

public sealed class OutboxCommandTests
{
    [Fact]
    public async Task Messages_are_listed_shown_and_decided_about()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        var ids = new List<string>();
        for (int chat = 1; chat <= 4; chat++) ids.Add(await rig.PostedAsync(chat));
        await rig.EndAsync(ids[0], MessageState.Failed, 400, "Bad Request: chat not found");
        await rig.EndAsync(ids[1], MessageState.Unknown);
        await rig.EndAsync(ids[2], MessageState.Sent);

        (int code, string text, _) = await RunAsync(rig, "list", "--status", "failed,unknown", "--bot", "demo");
        Assert.Equal(ExitCode.Ok, code);
        string[] lines = text.Trim().Split('\n');
        Assert.StartsWith("id ", lines[0]);
        Assert.Equal(3, lines.Length);
        Assert.Contains("Bad Request: chat not found", lines[1]);
        (_, text, _) = await RunAsync(rig, "list", "--limit", "3");
        Assert.Contains("There are more", text);
        (_, text, _) = await RunAsync(rig, "list", "--limit", "1", "--all");
        Assert.Equal(5, text.Trim().Split('\n').Length);
        (code, text, _) = await RunAsync(rig, "show", ids[2]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("555", text);
        Assert.Contains("accepted", text);
        Assert.Equal((ExitCode.Ok, $"{ids[0]} queued\n", ""), await RunAsync(rig, "retry", ids[0]));
        Assert.Equal((ExitCode.Ok, $"{ids[0]} cancelled\n{ids[3]} cancelled\n", ""), await RunAsync(rig, "cancel", ids[0], ids[3]));
        Assert.Equal((ExitCode.Ok, $"{ids[1]} sent\n", ""), await RunAsync(rig, "resolve", "sent", ids[1]));
        Assert.Equal((ExitCode.Ok, "2 message(s) changed\n", ""), await RunAsync(rig, "replay", "--status", "cancelled"));
        Assert.Equal((ExitCode.Ok, "1 message(s) changed\n", ""), await RunAsync(rig, "drop", "--status", "queued", "--chat", "1"));
    }

    [Fact]
    public async Task Broadcasts_are_listed_and_steered()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        string id = (await rig.PostAsync("/v1/broadcasts", """{"bot":"demo","name":"news","text":"x","chats":[1,2]}""")).Id;
        (int code, string text, _) = await RunAsync(rig, "broadcasts", "--bot", "demo");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("news", text);
        Assert.Equal((ExitCode.Ok, $"{id} paused\n", ""), await RunAsync(rig, "broadcasts", "pause", id));
        (_, text, _) = await RunAsync(rig, "broadcasts", "show", id);
        Assert.Contains("\"queued\":2", text);
        (code, _, _) = await RunAsync(rig, "callbacks");
        Assert.Equal(ExitCode.Ok, code);
    }

    [Fact]
    public async Task What_is_wrong_is_said_with_the_right_exit_code()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        (int code, _, string errors) = await RunAsync(rig, "show", "0000000000000001");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("There is no such message (404)", errors);
        (code, _, errors) = await RunAsync(rig, "replay", "--status", "unknown");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("confirm_resend", errors);
        string[][] wrong =
            [["list", "--colour", "red"], ["list", "--status"], ["dance"], ["show"], ["resolve", "maybe", "1"], ["broadcasts", "dance", "1"]];
        foreach (string[] words in wrong)
        {
            (code, _, errors) = await RunAsync(rig, words);
            Assert.Equal(ExitCode.Misconfigured, code);
            Assert.Contains("edgeproxy outbox", errors);
        }

        using var nobody = new ApiConnection(new Uri("http://127.0.0.1:1"), "k");
        var said = new StringWriter();
        Assert.Equal(ExitCode.Failed, await new OutboxCommand(nobody, new StringWriter(), said).RunAsync(["list"]));
        Assert.Contains("does not answer", said.ToString());
    }

    [Fact]
    public void The_command_line_hands_its_words_over()
    {
        CommandLine line = CommandLine.Parse(["outbox", "list", "--config", "x.json", "--chat", "-1001"]);
        Assert.Equal((CommandVerb.Outbox, "x.json", null), (line.Verb, line.ConfigFile, line.Error));
        Assert.Equal(["list", "--chat", "-1001"], line.Words);
        Assert.Equal("http://127.0.0.1:8080/", ApiConnection.UrlOf(new Uri("http://0.0.0.0:8080")).AbsoluteUri);
        Assert.Equal("http://127.0.0.1:8080/", ApiConnection.UrlOf(new Uri("http://[::]:8080")).AbsoluteUri);
        Assert.Equal("http://10.0.0.1:8080/", ApiConnection.UrlOf(new Uri("http://10.0.0.1:8080")).AbsoluteUri);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(ApiRig rig, params string[] words)
    {
        using var api = new ApiConnection(rig.Root, "all-key");
        var output = new StringWriter { NewLine = "\n" };
        var errors = new StringWriter { NewLine = "\n" };
        int code = await new OutboxCommand(api, output, errors).RunAsync(words);
        return (code, output.ToString(), errors.ToString());
    }
}
