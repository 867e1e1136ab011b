using System.Diagnostics;
using System.Text;
using EdgeProxy.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Redis;

/// <summary>Clients for tests, and calls in words.</summary>
internal static class RedisRig
{
    public static RedisClient Client(string url, Func<RedisOptions, RedisOptions>? change = null,
        ILogger<RedisClient>? logger = null)
    {
        Assert.True(RedisOptions.TryParse(url, out RedisOptions? options, out string? error), error);
        var client = new RedisClient(change?.Invoke(options!) ?? options!, TimeProvider.System, logger ?? NullLogger<RedisClient>.Instance);
        client.Start();
        return client;
    }

    /// <summary>The same options with other times and bounds.</summary>
    public static RedisOptions With(
        RedisOptions from, int commandMs = 20_000, int hangMs = 2_000, int pendingMax = 4096, long pendingBytesMax = 64 << 20, bool inline = false) => new()
        {
            Endpoints = from.Endpoints,
            IsTls = from.IsTls,
            IsCluster = from.IsCluster,
            User = from.User,
            Password = from.Password,
            Database = from.Database,
            ClientName = from.ClientName,
            CaFile = from.CaFile,
            CommandMs = commandMs,
            ConnectMs = 2_000,
            HangMs = hangMs,
            PendingMax = pendingMax,
            PendingBytesMax = pendingBytesMax,
            InlineContinuations = inline,
        };

    /// <summary>One command in words, its second word as the key. Its answer as text: strings and numbers bare, others as the oracle writes them.</summary>
    public static async Task<(RedisOutcome Outcome, string Text)> AskAsync(RedisClient client, params string[] words)
    {
        using RedisCommand command = client.Rent(Encoding.UTF8.GetBytes(words[0]));
        for (int index = 1; index < words.Length; index++)
        {
            byte[] word = Encoding.UTF8.GetBytes(words[index]);
            if (index == 1 && words[0] is not ("CLUSTER" or "ECHO" or "ACL" or "CLIENT" or "SCRIPT" or "EVAL" or "MIGRATE" or "INFO")) command.Key(word);
            else command.Add(word);
        }

        RedisOutcome outcome = await client.SendAsync(command);
        return (outcome, Text(command));
    }

    public static string Text(RedisCommand command)
    {
        RespReader reply = command.Reply;
        if (!reply.Read()) return "";
        return reply.IsNull ? "_" : reply.Count > 0 ? $"[{reply.Count}]" : Encoding.UTF8.GetString(reply.Text);
    }

    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "did not come to pass: " + what);
            await Task.Delay(10);
        }
    }
}
