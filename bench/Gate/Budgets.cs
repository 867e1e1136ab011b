namespace EdgeProxy.Bench.Gate;

/// <summary>
/// The promises. Ratios stand about a third above what is measured on two shared cores: they catch a change for the worse, not the noise.
/// </summary>
internal static class Budgets
{
    public static readonly Budget[] All =
    [
        Budget.Bytes(0, Cases.Envelope),
        Budget.CpuRatio(0.8, Cases.Document, Cases.Envelope),
        Budget.CpuRatio(0.9, Cases.Model, Cases.Envelope),

        // The call that is made of it is all that is allocated.
        Budget.Bytes(112, Cases.ChatId, Cases.Json),
        Budget.Bytes(112, Cases.ChatId, Cases.Form),
        Budget.Bytes(1200, Cases.ChatId, Cases.Multipart),
        Budget.CpuRatio(1.1, Cases.Document, Cases.ChatId, Cases.Json),
        Budget.CpuRatio(0.1, Cases.FormReader, Cases.ChatId, Cases.Form),
        Budget.CpuRatio(0.7, Cases.MultipartReader, Cases.ChatId, Cases.Multipart),

        Budget.Bytes(0, Cases.Resp),
        Budget.CpuRatio(0.5, Cases.Text, Cases.Resp),

        Budget.Bytes(0, Cases.Metrics),
        Budget.CpuRatio(1.5, Cases.Table, Cases.Metrics),

        // Dearer than what has no priorities, no gate and no bound; but nowhere near the 35 ms that the bot's own limit gives a message.
        Budget.Bytes(0, Cases.Lanes),
        Budget.CpuMicroseconds(3, Cases.Lanes),
        Budget.CpuRatio(8, Cases.Limiters, Cases.Lanes),

        Budget.Bytes(0, Cases.Journal),
        Budget.CpuRatio(1, Cases.Sqlite, Cases.Journal),
        Budget.CpuRatio(0.8, Cases.Sqlite, Cases.Journal, Cases.BatchOf(16)),

        // 0.6 and 1.5 on a quiet machine. Where the cores are overbooked, the journal's two changes of thread wait for their turn.
        Budget.WallRatio(1, Cases.Sqlite, Cases.Journal, Cases.BatchOf(16)),
        Budget.WallRatio(2.2, Cases.Bare, Cases.Journal, Cases.BatchOf(16)),

        // A bare insert of the same bytes has one tree to write; a message has its indexes, its tally and its state too.
        Budget.CpuRatio(3.5, Cases.Sqlite, Cases.Outbox),
        Budget.WallRatio(3, Cases.Sqlite, Cases.Outbox),
    ];
}
