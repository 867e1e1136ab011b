using EdgeProxy.FakeDc.Control;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Methods;
using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Wire;

namespace EdgeProxy.FakeDc;

/// <summary>
/// A Telegram data centre in one object: its key, its clients' keys and sessions, and the world behind the methods. <see cref="Gate"/> guards
/// everything that changes, except the bytes of files.
/// </summary>
internal sealed class DataCentre : IDisposable
{
    private readonly Dictionary<long, AuthKey> _keys = [];
    private readonly HashSet<Connection> _connections = [];
    private long _lastMessageId;

    /// <param name="time">Clock of every date and message id.</param>
    /// <param name="stateFolder">Parts of files and, so that clients know us again after a restart, the RSA key.</param>
    /// <param name="dcId">The id that config calls "this"; every id from 1 to 5 leads to the same port.</param>
    public DataCentre(TimeProvider time, string stateFolder, int dcId = 2)
    {
        Time = time;
        DcId = dcId;
        MediaDcId = dcId;
        Directory.CreateDirectory(stateFolder);
        Rsa = ServerRsaKey.Open(Path.Combine(stateFolder, "rsa.pem"));
        World = new World(time);
        Files = new FileStore(Path.Combine(stateFolder, "files"));
        Icons = new TopicIcons(World, Files, dcId);
        Router = new MessageRouter(this);
        Dispatcher = new Dispatcher(this);
    }

    public Lock Gate { get; } = new();

    public TimeProvider Time { get; }

    public int DcId { get; }

    /// <summary>Where new files are said to lie.</summary>
    public int MediaDcId { get; set; }

    /// <summary>Where clients are told to connect; set once the port is known.</summary>
    public int Port { get; set; }

    public ServerRsaKey Rsa { get; }

    public World World { get; }

    public FileStore Files { get; }

    public TopicIcons Icons { get; }

    public FaultTable Faults { get; } = new();

    public CallCounters Counters { get; } = new();

    public MessageRouter Router { get; }

    public Dispatcher Dispatcher { get; }

    /// <summary>Unix seconds.</summary>
    public int Now => (int)Time.GetUtcNow().ToUnixTimeSeconds();

    public AuthKey? FindKey(long id)
    {
        lock (Gate)
            return _keys.TryGetValue(id, out var key) && (key.ExpiresAt == 0 || key.ExpiresAt > Now) ? key : null;
    }

    public void AddKey(AuthKey key)
    {
        lock (Gate)
            _keys[key.Id] = key;
    }

    public void RemoveKey(AuthKey key)
    {
        lock (Gate)
            _keys.Remove(key.Id);
    }

    /// <summary>To be called and enumerated under <see cref="Gate"/>.</summary>
    public IEnumerable<AuthKey> Keys => _keys.Values;

    public int ConnectionCount
    {
        get
        {
            lock (Gate)
                return _connections.Count;
        }
    }

    public void Opened(Connection connection)
    {
        lock (Gate)
            _connections.Add(connection);
    }

    public void Closed(Connection connection)
    {
        lock (Gate)
            _connections.Remove(connection);
    }

    /// <summary>Cuts every connection; sessions stay.</summary>
    public int AbortAll()
    {
        List<Connection> open;
        lock (Gate)
            open = [.. _connections];
        foreach (var connection in open)
            connection.Abort();
        return open.Count;
    }

    public void RotateSalts()
    {
        lock (Gate)
        {
            foreach (var key in _keys.Values)
                key.RotateSalt();
        }
    }

    /// <summary>Unix time in the upper half, rising; 1 modulo 4 for answers and 3 for the rest.</summary>
    public long NextMessageId(bool isAnswer)
    {
        lock (Gate)
        {
            var ticks = Time.GetUtcNow().ToUnixTimeMilliseconds();
            var id = ((ticks / 1000) << 32) | ((ticks % 1000) << 22);
            id = Math.Max(id, (_lastMessageId & ~3L) + 4);
            _lastMessageId = id;
            return id | (isAnswer ? 1L : 3L);
        }
    }

    public void Dispose()
    {
        Files.Dispose();
        Rsa.Dispose();
    }
}
