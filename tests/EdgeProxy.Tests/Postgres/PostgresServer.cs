using System.Diagnostics;
using System.Runtime.InteropServices;
using Npgsql;

namespace EdgeProxy.Tests.Postgres;

/// <summary>
/// A real PostgreSQL 15 in a temp folder, reached through a Unix socket there. It refuses to run as root: then it runs as "postgres". As a collection's
/// fixture it is shared; each test takes a database of its own. Dispose ends it, by its own id, and deletes the folder.
/// </summary>
public sealed partial class PostgresServer : IDisposable
{
    public const string Programs = "/usr/lib/postgresql/15/bin";
    private const string User = "postgres";
    private const int SigInterrupt = 2;
    private const int SigQuit = 3;
    private const int StartMs = 60_000;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-pg");
    private readonly bool _durable;
    private Process? _process;
    private int _databases;

    public PostgresServer() : this(durable: false)
    {
    }

    /// <summary>Whether this machine has it.</summary>
    public static bool IsInstalled => File.Exists($"{Programs}/postgres");

    /// <param name="durable">It syncs to disk, as a test that kills it needs.</param>
    internal PostgresServer(bool durable)
    {
        _durable = durable;
        if (!IsInstalled) throw new InvalidOperationException("PostgreSQL cannot be started: install it (Debian: postgresql-15)");
        try
        {
            if (Environment.IsPrivilegedProcess) Run("chown", $"{User}:", _folder.FullName);
            Run([.. AsUser, $"{Programs}/initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale", "-U", User, "-D", Data]);
            Launch();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where its data and its socket lie.</summary>
    public string Folder => _folder.FullName;

    private string Data => Path.Combine(Folder, "data");

    private static string[] AsUser =>
        Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups"] : [];

    /// <summary>How to reach that database.</summary>
    public string ConnectionString(string database) => $"Host={Folder};Port=5432;Username={User};Database={database};Timeout=10;Command Timeout=20";

    /// <summary>A new, empty database. Returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(ConnectionString("postgres") + ";Pooling=false", $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>A statement over a connection of its own.</summary>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var source = new NpgsqlSlimDataSourceBuilder(connectionString).Build();
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>As "pg_ctl restart -m immediate": every connection breaks, nothing is flushed, and the start recovers from the log.</summary>
    public void RestartImmediately()
    {
        Crash();
        Launch();
    }

    /// <summary>As "pg_ctl stop -m immediate".</summary>
    public void Crash() => End(SigQuit);

    /// <summary>Starts it again, in the same folder.</summary>
    public void Launch()
    {
        string sync = _durable ? "on" : "off";
        string[] arguments =
        [
            .. AsUser, $"{Programs}/postgres", "-D", Data, "-k", Folder, "-c", "listen_addresses=", "-c", $"fsync={sync}",
            "-c", "full_page_writes=" + sync, "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal",
        ];
        var start = new ProcessStartInfo(arguments[0]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = Folder };
        foreach (string argument in arguments[1..]) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItAnswers();
    }

    public void Dispose()
    {
        if (_process is not null) End(SigInterrupt);
        _folder.Delete(recursive: true);
    }

    private void End(int signal)
    {
        Signal(_process!.Id, signal);
        if (!_process.WaitForExit(StartMs)) _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _process = null;
    }

    private void WaitUntilItAnswers()
    {
        var watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < StartMs)
        {
            if (_process!.HasExited) throw new InvalidOperationException($"PostgreSQL ended at its start with code {_process.ExitCode}");
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                connection.Open();
                return;
            }
            catch (NpgsqlException)
            {
                // Not there yet.
            }

            _process.WaitForExit(20);
        }

        throw new InvalidOperationException("PostgreSQL does not answer");
    }

    private static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(arguments[0]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        foreach (string argument in arguments[1..]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{arguments[0]} failed: {errors}");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
