using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Gate;

/// <summary>What the gate measures, group by group. A case lives until the next one is asked for.</summary>
internal static class Cases
{
    public const string Envelope = "envelope scan";
    public const string ChatId = "chat-id scan";
    public const string Resp = "RESP";
    public const string Metrics = "metrics";
    public const string Lanes = "lane turn";
    public const string Journal = "journal append";
    public const string Outbox = "outbox accept";

    public const string Edge = "EdgeProxy";
    public const string Document = "JsonDocument";
    public const string Model = "source-generated model";
    public const string FormReader = "FormReader";
    public const string MultipartReader = "MultipartReader";
    public const string Text = "by strings";
    public const string Table = "ConcurrentDictionary";
    public const string Limiters = "RateLimiting + SemaphoreSlim";
    public const string Sqlite = "SQLite WAL FULL";
    public const string Bare = "pwrite + fdatasync";

    public const string Json = "JSON";
    public const string Form = "form";
    public const string Multipart = "multipart, 64 KiB";

    private static readonly int[] Batches = [1, 16, RecordLog.BatchMax];

    public static IReadOnlyList<(string Group, Func<IEnumerable<Case>> Make)> Groups { get; } =
    [
        (Envelope, Envelopes), (ChatId, ChatIds), (Resp, RespCases), (Metrics, MetricCases), (Lanes, LaneCases), (Journal, JournalCases), (Outbox, OutboxCases),
    ];

    public static string BatchOf(int records) => $"batch {records}";

    private static IEnumerable<Case> Envelopes()
    {
        foreach (string shape in UpdateShapes.Names)
        {
            byte[] body = UpdateShapes.Read(shape);
            Variant[] variants =
            [
                Variant.Of(Edge, () => EnvelopeScan.Edge(body)),
                Variant.Of(Document, () => EnvelopeScan.Document(body)),
                Variant.Of(Model, () => EnvelopeScan.Model(body)),
            ];
            yield return new Case(Envelope, shape, variants) { Bytes = body.Length };
        }
    }

    private static IEnumerable<Case> ChatIds() =>
    [
        new(ChatId, Json, Variant.Of(Edge, ChatIdScan.EdgeJson), Variant.Of(Document, ChatIdScan.DocumentJson))
            { Bytes = ChatIdScan.JsonBody.Length },
        new(ChatId, Form, Variant.Of(Edge, ChatIdScan.EdgeForm), Variant.Of(FormReader, ChatIdScan.ReaderForm))
            { Bytes = ChatIdScan.FormBody.Length },
        new(ChatId, Multipart, Variant.Of(Edge, ChatIdScan.EdgeMultipart), Variant.Of(MultipartReader, ChatIdScan.ReaderMultipart))
            { Bytes = ChatIdScan.MultipartBytes.Length },
    ];

    private static IEnumerable<Case> RespCases()
    {
        var wire = new RespWire();
        yield return new Case(Resp, "encode a command", Variant.Of(Edge, wire.Encode), Variant.Of(Text, RespWire.EncodeText)) { Bytes = RespWire.CommandBytes };
        yield return new Case(Resp, "decode a page", Variant.Of(Edge, wire.Decode), Variant.Of(Text, RespWire.DecodeText)) { Bytes = RespWire.Page.Length };
    }

    private static IEnumerable<Case> MetricCases()
    {
        using var metrics = new MetricAdds();
        yield return new Case(Metrics, "counter add", Variant.Of(Edge, metrics.Add), Variant.Of(Table, metrics.AddToTable));
        yield return new Case(Metrics, "histogram record", Variant.Of(Edge, metrics.Record), Variant.Of(Table, metrics.AddToTable));
    }

    private static IEnumerable<Case> LaneCases()
    {
        foreach ((string name, int chats) in new[] { ("one hot chat", 1), ("300 chats", 300) })
        {
            using var lanes = new LaneTurns(chats);
            using var limiters = new LimiterTurns(chats);
            yield return new Case(Lanes, name, Variant.Of(Edge, lanes.Turn), Variant.Of(Limiters, limiters.Turn));
        }
    }

    private static IEnumerable<Case> JournalCases()
    {
        byte[] body = UpdateShapes.Read(UpdateShapes.Typical);
        using var folder = new TempFolder();
        using var journal = new JournalLog(folder.File("journal"), body);
        using var sqlite = new SqliteLog(folder.File("peer.db"), body);
        using var bare = new BareLog(folder.File("bare"), body);
        foreach (int batch in Batches)
        {
            yield return new Case(Journal, BatchOf(batch), Append(Edge, journal, batch), Append(Sqlite, sqlite, batch), Append(Bare, bare, batch))
            {
                IsDisk = true,
                Batch = batch,
                Bytes = body.Length,
            };
        }
    }

    private static IEnumerable<Case> OutboxCases()
    {
        byte[] parameters = ChatIdScan.JsonBody;
        using var folder = new TempFolder();
        using var outbox = new OutboxLog(folder.Path, parameters);
        using var sqlite = new SqliteLog(folder.File("peer.db"), parameters);
        foreach (int batch in Batches)
        {
            yield return new Case(Outbox, BatchOf(batch), Append(Edge, outbox, batch), Append(Sqlite, sqlite, batch))
            {
                IsDisk = true,
                Batch = batch,
                Bytes = parameters.Length,
            };
        }
    }

    private static Variant Append(string name, RecordLog log, int batch) => new(name, records => log.AppendAsync(records, batch).Wait());
}
