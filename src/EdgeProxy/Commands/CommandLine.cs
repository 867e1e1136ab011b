namespace EdgeProxy.Commands;

/// <summary>What the operator asked for. <see cref="Error"/> says what is wrong with the words; null when they are right.</summary>
internal sealed record CommandLine(CommandVerb Verb, string? ConfigFile, string? Error)
{
    public const string Usage = """
        EdgeProxy stands between Telegram and the programs that serve a bot.

          edgeproxy [run]            serve, as edgeproxy.json and the environment say
          edgeproxy check            say everything that is wrong with the configuration, and stop
          edgeproxy journal inspect  print segments, counts, ages and cursors of the data folder
          edgeproxy outbox …         look messages up and decide about them; edgeproxy outbox help says more
          edgeproxy mtproto …        log accounts in, import, export, revoke them; edgeproxy mtproto help says more
          edgeproxy --version

          --config FILE              another file than ./edgeproxy.json
        """;

    /// <summary>The words behind the verb, for one that takes some.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        string? config = null;
        var words = new List<string>();
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i] != "--config") words.Add(args[i]);
            else if (i + 1 < args.Count) config = args[++i];
            else return new CommandLine(CommandVerb.Help, null, "--config needs a file name");
        }

        if (words.Count > 0 && words[0] == "mtproto") return new CommandLine(CommandVerb.Mtproto, config, null) { Words = words[1..] };
        if (words.Count > 0 && words[0] == "outbox") return new CommandLine(CommandVerb.Outbox, config, null) { Words = words[1..] };
        string line = string.Join(' ', words);
        CommandVerb? verb = line switch
        {
            "" or "run" => CommandVerb.Run,
            "check" => CommandVerb.Check,
            "journal inspect" => CommandVerb.JournalInspect,
            "--version" or "version" => CommandVerb.Version,
            "--help" or "-h" or "help" => CommandVerb.Help,
            _ => null,
        };
        return new CommandLine(verb ?? CommandVerb.Help, config, verb is null ? $"unknown command \"{line}\"" : null);
    }
}
