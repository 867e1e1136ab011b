using System.Text;
using EdgeProxy.Admin;
using EdgeProxy.Primitives;

namespace EdgeProxy.Configuration;

/// <summary>
/// Reads Mtproto: a bundle that EdgeProxy runs itself, or the URL or socket of a process that somebody else runs. Without the object MTProto is off.
/// </summary>
internal static class MtprotoReader
{
    public static MtprotoSettings? Read(ConfigNode root, string dataDir, LogLevel logLevel, ConfigErrors errors)
    {
        bool isOn = root.Has("Mtproto");
        ConfigNode node = root.Node("Mtproto");
        string? bundle = node.Text("Bundle");
        Uri? url = node.Url("Url");
        string? secret = node.Secret("Secret");
        string? socket = node.Text("Socket");
        string? account = node.Text("DefaultAccount");
        SidecarCommand? command = ReadCommand(node, bundle, socket ?? SocketIn(dataDir), dataDir, logLevel, errors);
        node.RejectUnknown();
        if (!isOn) return null;
        if (bundle is null && url is null && socket is null)
        {
            errors.Add(node.Key("Bundle"), "is missing; name the MTProto program here, or in Url or Socket where one runs");
        }

        if (url is not null) CheckUrl(node, url, secret, bundle is not null || socket is not null, errors);
        else if (secret is not null) errors.Add(node.Key("Secret"), "is for Url; a socket is guarded by its file mode");
        if (account is not null && !SidecarPath.IsAccount(account)) errors.Add(node.Key("DefaultAccount"), $"\"{account}\" is not 1 to 32 of a–z 0–9 _ -");
        string? path = url is not null ? null : Path.GetFullPath(socket ?? SocketIn(dataDir));
        if (path is not null && Encoding.UTF8.GetByteCount(path) > Limits.UnixPathBytesMax)
        {
            errors.Add(node.Key("Socket"), $"\"{path}\" has over {Limits.UnixPathBytesMax} bytes, which no Unix socket may have; choose a shorter path");
        }

        return new MtprotoSettings { SocketPath = path, Url = url, Secret = secret, Command = command, DefaultAccount = account };
    }

    private static string SocketIn(string dataDir) => Path.Combine(dataDir, "mtproto.sock");

    private static void CheckUrl(ConfigNode node, Uri url, string? secret, bool hasOther, ConfigErrors errors)
    {
        if (hasOther) errors.Add(node.Key("Url"), "is given beside Bundle or Socket; keep one of them");
        if (url.Scheme != "http" || !url.IsLoopback || url.AbsolutePath != "/" || url.Query.Length > 0)
        {
            errors.Add(node.Key("Url"), "must be http://127.0.0.1:PORT: the secret and sessions go in the clear, so only loopback will do");
        }

        if (secret is null) errors.Add(node.Key("SecretFile"), "is missing; name the file with the secret that the process at Url was started with");
        else if (secret.Length < Limits.SidecarSecretCharsMin) errors.Add(node.Key("Secret"), $"must have at least {Limits.SidecarSecretCharsMin} characters");
    }

    /// <summary>Every key is read, so that none is called unknown; they count only with a bundle.</summary>
    private static SidecarCommand? ReadCommand(ConfigNode node, string? bundle, string socket, string dataDir, LogLevel logLevel, ConfigErrors errors)
    {
        string program = node.Text("Node") ?? "node";
        string stateDir = Path.GetFullPath(node.Text("StateDir") ?? Path.Combine(dataDir, "mtproto"));
        long apiId = node.Long("ApiId", 0, 1, int.MaxValue);
        string? keyFile = node.Text("KeyFile");
        string? hashFile = node.Text("ApiHashFile");
        IReadOnlyList<string> more = node.List("Arguments");
        if (bundle is null) return null;
        CheckFile(node, "Bundle", bundle, errors);
        List<string> words = ["--listen", "unix:" + Path.GetFullPath(socket), "--state", stateDir, "--log-level", LevelOf(logLevel)];
        AddFile(node, "KeyFile", keyFile, "--key-file", "MTPROTO_KEY", words, errors);
        AddFile(node, "ApiHashFile", hashFile, "--api-hash-file", "MTPROTO_API_HASH", words, errors);
        if (apiId > 0) words.AddRange(["--api-id", apiId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        else if (!IsSet("MTPROTO_API_ID")) errors.Add(node.Key("ApiId"), "is missing; write the number from my.telegram.org, or set MTPROTO_API_ID");
        words.AddRange(more);
        return new SidecarCommand(program, Path.GetFullPath(bundle), words);
    }

    // The process reads the secrets itself: they never pass through this one.
    private static void AddFile(ConfigNode node, string name, string? file, string option, string variable, List<string> words, ConfigErrors errors)
    {
        if (file is not null)
        {
            CheckFile(node, name, file, errors);
            words.AddRange([option, Path.GetFullPath(file)]);
        }
        else if (!IsSet(variable))
        {
            errors.Add(node.Key(name), $"is missing; name the file here, or set {variable}");
        }
    }

    private static void CheckFile(ConfigNode node, string name, string file, ConfigErrors errors)
    {
        if (!File.Exists(file)) errors.Add(node.Key(name), $"there is no file \"{file}\"");
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
