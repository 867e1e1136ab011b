using System.Text;
using EdgeProxy.Journal;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Journal;

/// <summary>A journal folder of one test, and short ways to fill and read it.</summary>
internal sealed class JournalFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("edge-journal-").FullName;
    public ManualTime Time { get; } = new();
    public int SegmentBytes { get; init; } = 64 * 1024;
    public long MaxBytes { get; init; } = 1L << 30;

    public SegmentJournal Open() => SegmentJournal.Open(
        new JournalSettings(Path) { SegmentBytes = SegmentBytes, MaxBytes = MaxBytes }, Time, NullLogger.Instance);

    public static UpdateEnvelope Envelope(long updateId) => new()
    {
        UpdateId = updateId,
        Kind = UpdateKind.Message,
        ChatType = ChatType.Supergroup,
        Key = new QueueKey(QueueScope.Chat, UpdateKind.Unknown, -100123),
        ChatId = -100123,
        ThreadId = 7,
        SenderId = 42,
        DateUnixS = 1_700_000_000,
        MessageId = 9,
        CommandOffset = 3,
        CommandLength = 6,
    };

    public static byte[] Body(long updateId, int bytes = 0)
    {
        var text = Encoding.UTF8.GetBytes($"{{\"update_id\":{updateId},\"text\":\"Привет, мир\"}}");
        var body = new byte[Math.Max(bytes, text.Length)];
        body.AsSpan().Fill((byte)' ');
        text.CopyTo(body, 0);
        return body;
    }

    public static ValueTask<AppendOutcome> Append(SegmentJournal journal, long id, int bytes = 0, long bot = 1) =>
        journal.AppendAsync(bot, Envelope(id), Body(id, bytes));

    /// <summary>All update_ids from the start; each body is compared with what Append wrote.</summary>
    public static List<long> Read(SegmentJournal journal, long from = 0)
    {
        var ids = new List<long>();
        using var reader = journal.OpenReader(from);
        while (reader.TryReadNext(out var record))
        {
            Assert.Equal(Body(record.Envelope.UpdateId, record.Body.Length), record.Body.ToArray());
            ids.Add(record.Envelope.UpdateId);
        }
        return ids;
    }

    public string ActiveSegment() => Directory.GetFiles(Path, "*.seg").Order()
        .Last(f => File.ReadAllBytes(f).AsSpan(0, 8).IndexOfAnyExcept((byte)0) >= 0);

    public void DeleteSnapshots()
    {
        foreach (var path in Directory.GetFiles(Path, "*.dedupe"))
            File.Delete(path);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
