using System.Runtime.InteropServices;
using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Sqlite;

/// <summary>
/// One connection. It has no lock of its own: <see cref="StateFile"/> gives it to one thread at a time.
/// Statements are compiled once per text and kept, so the text must be a constant and values must be bound.
/// </summary>
internal sealed unsafe class SqliteDatabase
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private readonly List<SqliteStatement> _used = [];
    private readonly string _path;
    private nint _handle;
    private int* _walPages;

    private SqliteDatabase(string path, nint handle)
    {
        _path = path;
        _handle = handle;
    }

    /// <summary>False when SQLite has ended the transaction by itself, which it does on a full or failing disk.</summary>
    internal bool InTransaction => SqliteNative.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Runs one or more statements that return nothing and take no values.</summary>
    public void Execute(string sql)
    {
        fixed (byte* text = Terminated(sql))
        {
            Check(SqliteNative.sqlite3_exec(_handle, text, 0, 0, 0));
        }
    }

    /// <summary>The compiled statement of this text, reset and with nothing bound.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = Compile(sql);
        }
        statement.Reset();
        if (!statement.InUse)
        {
            statement.InUse = true;
            _used.Add(statement);
        }
        return statement;
    }

    /// <exception cref="StateFileException">The file cannot be opened; the message says why.</exception>
    internal static SqliteDatabase Open(string path, int flags)
    {
        SqliteNative.InstallResolver();
        nint handle;
        int code;
        fixed (byte* name = Terminated(path))
        {
            code = SqliteNative.sqlite3_open_v2(name, out handle, flags | SqliteNative.OpenNoMutex | SqliteNative.OpenExtendedCodes, null);
        }
        var database = new SqliteDatabase(path, handle);
        if (code == SqliteNative.Ok)
        {
            code = SqliteNative.sqlite3_busy_timeout(handle, Limits.SqliteBusyMs);
        }
        if (code != SqliteNative.Ok)
        {
            var failure = database.Failure(code);
            database.Close();
            throw failure;
        }
        return database;
    }

    /// <summary>
    /// Pages in the WAL after this connection's last commit; 0 unless watched. Any thread may read it while the connection is open.
    /// </summary>
    internal int WalPages
    {
        get => _walPages is null ? 0 : Volatile.Read(ref *_walPages);
        set => Volatile.Write(ref *_walPages, value);
    }

    /// <summary>Keeps <see cref="WalPages"/> from now on. The hook also replaces SQLite's own checkpoint inside a commit.</summary>
    internal void WatchWal()
    {
        _walPages = (int*)NativeMemory.AllocZeroed(sizeof(int));
        SqliteNative.sqlite3_wal_hook(_handle, &SqliteNative.StoreWalPages, _walPages);
    }

    /// <summary>Copies WAL frames into the file. Returns SQLite's code: Busy means that a reader or the writer was in the way.</summary>
    internal int Checkpoint(int mode, out int frames, out int copied) =>
        SqliteNative.sqlite3_wal_checkpoint_v2(_handle, null, mode, out frames, out copied);

    /// <summary>Resets what the last work prepared: an open cursor would hold back commits and checkpoints.</summary>
    internal void ResetUsed()
    {
        foreach (var statement in _used)
        {
            statement.Reset();
            statement.InUse = false;
        }
        _used.Clear();
    }

    internal void Check(int code)
    {
        if (code != SqliteNative.Ok)
        {
            throw Failure(code);
        }
    }

    internal StateFileException Failure(int code)
    {
        var extended = _handle == 0 ? code : SqliteNative.sqlite3_extended_errcode(_handle);
        // The connection's last error belongs to this failure only when its primary code agrees.
        var known = _handle != 0 && (extended & 0xFF) == (code & 0xFF);
        var reason = known ? Marshal.PtrToStringUTF8((nint)SqliteNative.sqlite3_errmsg(_handle)) ?? "" : "";
        return new StateFileException(StateFileMessages.Explain(_path, code, reason), known ? extended : code);
    }

    internal void Close()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Close();
        }
        _statements.Clear();
        _used.Clear();
        if (_handle != 0)
        {
            SqliteNative.sqlite3_close_v2(_handle);
            NativeMemory.Free(_walPages);
            _handle = 0;
            _walPages = null;
        }
    }

    private SqliteStatement Compile(string sql)
    {
        if (_statements.Count >= Limits.SqliteStatementsMax)
        {
            throw new InvalidOperationException("Too many different SQL texts on one connection: bind the values instead.");
        }
        nint handle;
        bool more;
        var text = Terminated(sql);
        fixed (byte* start = text)
        {
            Check(SqliteNative.sqlite3_prepare_v3(_handle, start, text.Length, SqliteNative.PreparePersistent, out handle, out var tail));
            var rest = (int)(start + text.Length - 1 - tail);
            more = rest > 0 && !string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(tail, rest));
        }
        if (handle == 0 || more)
        {
            SqliteNative.sqlite3_finalize(handle);
            throw new InvalidOperationException("Prepare takes exactly one statement.");
        }
        var statement = new SqliteStatement(this, handle);
        _statements.Add(sql, statement);
        return statement;
    }

    private static byte[] Terminated(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
