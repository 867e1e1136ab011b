using System.Reflection;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Journal;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Commands;

/// <summary>The commands that serve nothing. Each prints its answer and returns an <see cref="ExitCode"/>.</summary>
internal static class OfflineCommands
{
    public static string Version { get; } =
        typeof(OfflineCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static int PrintVersion()
    {
        Console.WriteLine($"edgeproxy {Version} ({System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription})");
        return ExitCode.Ok;
    }

    public static int PrintUsage(string? error)
    {
        (error is null ? Console.Out : Console.Error).WriteLine(error is null ? CommandLine.Usage : $"edgeproxy: {error}\n\n{CommandLine.Usage}");
        return error is null ? ExitCode.Ok : ExitCode.Misconfigured;
    }

    public static int Check(CommandLine command)
    {
        if (Load(command) is not { } settings) return ExitCode.Misconfigured;
        string served = $"{settings.Bots.Count} bot(s), {settings.Subscriptions.Count} subscription(s)";
        Console.WriteLine($"The configuration is right: {served}, data in {settings.DataDir}");
        return ExitCode.Ok;
    }

    /// <summary>Reads beside a running process; changes nothing.</summary>
    public static int InspectJournal(CommandLine command)
    {
        if (Load(command) is not { } settings) return ExitCode.Misconfigured;
        int corrupt = JournalInspect.Print(settings.Journal.Folder, Console.Out, TimeProvider.System);
        if (!File.Exists(settings.StatePath)) return corrupt == 0 ? ExitCode.Ok : ExitCode.Failed;
        try
        {
            StateFile.Peek(settings.StatePath, database => CursorInspect.Print(database, Console.Out, TimeProvider.System));
        }
        catch (StateFileException exception)
        {
            Console.Error.WriteLine($"edgeproxy: {exception.Message}");
            return ExitCode.Failed;
        }

        return corrupt == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>The settings, or null after every error has been printed to standard error.</summary>
    public static EdgeSettings? Load(CommandLine command)
    {
        var errors = new ConfigErrors();
        EdgeSettings? settings = SettingsReader.Read(SettingsSource.Read(command.ConfigFile, errors), errors);
        if (settings is not null) return settings;
        Console.Error.WriteLine($"edgeproxy: the configuration has {errors.Lines.Count} error(s); nothing was started");
        foreach (string line in errors.Lines) Console.Error.WriteLine("  " + line);
        return null;
    }
}
