using System.Buffers;
using System.Text;

namespace EdgeProxy.Sqlite;

/// <summary>
/// A compiled statement of one connection, reused. Used only inside the work that prepared it: afterwards the connection resets it.
/// Any failure is a <see cref="StateFileException"/> with SQLite's code.
/// </summary>
internal sealed unsafe class SqliteStatement
{
    private const int NullType = 5;
    private const int StackBytesMax = 512;
    private readonly SqliteDatabase _database;
    private readonly nint _handle;

    internal SqliteStatement(SqliteDatabase database, nint handle)
    {
        _database = database;
        _handle = handle;
    }

    /// <summary>The statement stands in the connection's list of statements to reset.</summary>
    internal bool InUse { get; set; }

    /// <summary>Binds a number. Indexes start at 1, as in SQL's ?1.</summary>
    public SqliteStatement Bind(int index, long value)
    {
        _database.Check(SqliteNative.sqlite3_bind_int64(_handle, index, value));
        return this;
    }

    /// <summary>Binds a blob; SQLite copies it. An empty span is an empty blob, not NULL.</summary>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            _database.Check(SqliteNative.sqlite3_bind_zeroblob(_handle, index, 0));
            return this;
        }
        fixed (byte* bytes = value)
        {
            _database.Check(SqliteNative.sqlite3_bind_blob(_handle, index, bytes, value.Length, SqliteNative.Transient));
        }
        return this;
    }

    /// <summary>Binds text as UTF-8; null is NULL.</summary>
    public SqliteStatement Bind(int index, string? value)
    {
        if (value is null)
        {
            return BindNull(index);
        }
        // One byte more than needed, so that the pointer of an empty text is not null (a null pointer would bind NULL).
        var size = Encoding.UTF8.GetMaxByteCount(value.Length) + 1;
        var rented = size > StackBytesMax ? ArrayPool<byte>.Shared.Rent(size) : null;
        var buffer = rented ?? stackalloc byte[StackBytesMax];
        var length = Encoding.UTF8.GetBytes(value, buffer);
        int code;
        fixed (byte* bytes = buffer)
        {
            code = SqliteNative.sqlite3_bind_text(_handle, index, bytes, length, SqliteNative.Transient);
        }
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        _database.Check(code);
        return this;
    }

    public SqliteStatement BindNull(int index)
    {
        _database.Check(SqliteNative.sqlite3_bind_null(_handle, index));
        return this;
    }

    /// <summary>Goes to the next row; false at the end.</summary>
    public bool Step()
    {
        var code = SqliteNative.sqlite3_step(_handle);
        if (code is SqliteNative.Row)
        {
            return true;
        }
        if (code is SqliteNative.Done)
        {
            return false;
        }
        // The message must be taken before the reset, which may overwrite it.
        var failure = _database.Failure(code);
        Reset();
        throw failure;
    }

    /// <summary>Ready to run again, with nothing bound.</summary>
    public void Reset()
    {
        // Both repeat the last step's error, which Step has already thrown.
        SqliteNative.sqlite3_reset(_handle);
        SqliteNative.sqlite3_clear_bindings(_handle);
    }

    /// <summary>Runs to the end, ignoring rows, and resets.</summary>
    public void Run()
    {
        while (Step())
        {
        }
        Reset();
    }

    /// <summary>Columns start at 0. NULL reads as 0.</summary>
    public long Int64(int column) => SqliteNative.sqlite3_column_int64(_handle, column);

    public bool IsNull(int column) => SqliteNative.sqlite3_column_type(_handle, column) == NullType;

    /// <summary>The column's bytes, valid until the next Step or Reset. NULL reads as empty.</summary>
    public ReadOnlySpan<byte> Blob(int column)
    {
        var bytes = SqliteNative.sqlite3_column_blob(_handle, column);
        return bytes is null ? default : new ReadOnlySpan<byte>(bytes, SqliteNative.sqlite3_column_bytes(_handle, column));
    }

    public string? Text(int column)
    {
        var bytes = SqliteNative.sqlite3_column_text(_handle, column);
        return bytes is null ? null : Encoding.UTF8.GetString(bytes, SqliteNative.sqlite3_column_bytes(_handle, column));
    }

    internal void Close() => SqliteNative.sqlite3_finalize(_handle);
}
