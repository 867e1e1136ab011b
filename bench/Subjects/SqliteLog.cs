using EdgeProxy.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Bench.Subjects;

/// <summary>SQLite in WAL mode with synchronous=FULL and a rising key: a batch is one transaction, handed to the writer as one work.</summary>
internal sealed class SqliteLog : RecordLog
{
    private const string Insert = "INSERT INTO record VALUES (?1, ?2)";
    private static readonly Migration[] Schema = [new("bench", 1, "CREATE TABLE record (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")];
    private readonly StateFile _file;
    private readonly byte[] _body;
    private readonly Action<SqliteDatabase> _work;
    private int _batch;
    private long _id;

    public SqliteLog(string path, byte[] body)
    {
        _body = body;
        _work = Write;
        _file = StateFile.Open(path, Schema, TimeProvider.System, NullLogger.Instance);
    }

    public override async Task AppendAsync(int records, int batch)
    {
        _batch = batch;
        for (int left = records; left > 0; left -= batch) await _file.WriteAsync(_work);
    }

    public override void Dispose() => _file.DisposeAsync().AsTask().Wait();

    private void Write(SqliteDatabase database)
    {
        for (int index = 0; index < _batch; index++) database.Prepare(Insert).Bind(1, ++_id).Bind(2, _body).Run();
    }
}
