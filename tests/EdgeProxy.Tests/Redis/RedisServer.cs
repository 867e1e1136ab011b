using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeProxy.Tests.Redis;

/// <summary>A real redis-server on loopback with a folder of its own. Dispose kills it, by its own id, and deletes the folder.</summary>
internal sealed partial class RedisServer : IDisposable
{
    private const int SigContinue = 18;
    private const int SigStop = 19;

    // Below Linux's ephemeral range, the bus of a cluster 10,000 above included: no client connection takes the port before the server does.
    private const int FirstPort = 12_000;
    private const int LastPort = 22_000;
    private readonly string[] _arguments;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-redis");
    private Process? _process;

    public RedisServer(params string[] arguments)
    {
        Port = FreePort();
        _arguments = arguments;
        try
        {
            Launch();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Port { get; }

    public string Folder => _folder.FullName;

    public string Socket => Path.Combine(Folder, "redis.sock");

    public string Url => $"redis://127.0.0.1:{Port}/0";

    /// <summary>Starts it again, on the same port and folder.</summary>
    public void Launch()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        string[] basic = ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--dir", Folder, "--unixsocket", Socket, "--daemonize", "no"];
        foreach (string argument in (string[])[.. basic, .. _arguments]) start.ArgumentList.Add(argument.Replace("FOLDER", Folder));
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("redis-server cannot be started: install it (tests/run.sh does) and have it on the PATH", missing);
        }

        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItAnswers();
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Stop() => Assert.Equal(0, Signal(_process!.Id, SigStop));

    public void Continue() => Assert.Equal(0, Signal(_process!.Id, SigContinue));

    public TimeSpan Cpu()
    {
        _process!.Refresh();
        return _process.TotalProcessorTime;
    }

    public void Dispose()
    {
        if (_process is not null) Kill();
        _folder.Delete(recursive: true);
    }

    public static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(FirstPort, LastPort);
            if (IsFree(port) && IsFree(port + 10_000)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void WaitUntilItAnswers()
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (_process!.HasExited) throw new InvalidOperationException("redis-server ended at its start");
            try
            {
                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Connect(new UnixDomainSocketEndPoint(Socket));
                socket.Send("PING\r\n"u8);
                var answer = new byte[64];
                int bytes = socket.Receive(answer);
                if (Encoding.ASCII.GetString(answer, 0, bytes) is var said && (said.StartsWith("+PONG") || said.StartsWith("-NOAUTH"))) return;
            }
            catch (SocketException)
            {
                // Not there yet.
            }

            _process.WaitForExit(10);
        }

        throw new InvalidOperationException("redis-server does not answer");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
